package io.millrace.offline.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * One manifest file: what a commit changed and what the table is since.
 *
 * @param parent the snapshot it changed; 0 for none
 * @param base the newest snapshot up to this whose manifest holds the whole list
 * @param rows of the whole table
 * @param bytes of the whole table
 * @param fileCount of the whole table
 * @param offsets of the whole table
 * @param writers of the whole table
 * @param schemas of the files listed here
 * @param whole all files, in a manifest that holds the whole list
 */
public record Manifest(
    long id,
    long parent,
    long base,
    long oldest,
    String operation,
    Instant at,
    OptionalLong watermarkMs,
    long rows,
    long bytes,
    long fileCount,
    SortedMap<Integer, OffsetRange> offsets,
    SortedMap<String, Long> writers,
    Map<String, String> schemas,
    List<DataFile> added,
    List<String> removed,
    Optional<List<DataFile>> whole) {}
