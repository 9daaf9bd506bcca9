package io.millrace.offline.snapshot;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A table as of a commit: which files it is. Immutable; valid until it expires.
 *
 * @param table where the table's folder is, for messages
 * @param id 1 for the first commit of the table
 * @param operation what the commit did
 * @param at when, wall clock
 * @param watermarkMs rows of before have all come, but for late ones; empty if nobody knew
 * @param oldest the least id that has not expired
 * @param base the id of the manifest that holds the whole list
 * @param writers how far each writer had come
 * @param schemas the text of each schema, by id
 * @param files the files, by path
 */
public record Snapshot(
    String table,
    long id,
    String operation,
    Instant at,
    OptionalLong watermarkMs,
    long oldest,
    long base,
    SortedMap<String, Long> writers,
    SortedMap<String, String> schemas,
    SortedMap<String, DataFile> files) {
  public Snapshot {
    writers = Collections.unmodifiableSortedMap(new TreeMap<>(writers));
    schemas = Collections.unmodifiableSortedMap(new TreeMap<>(schemas));
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** The id of the snapshot before; 0 if there was none. */
  public long parent() {
    return id - 1;
  }

  /** How many rows all files have. */
  public long rows() {
    return files.values().stream().mapToLong(DataFile::rows).sum();
  }

  /** How large all files are. */
  public long bytes() {
    return files.values().stream().mapToLong(DataFile::bytes).sum();
  }

  /** By source partition, where the rows come from. */
  public SortedMap<Integer, OffsetRange> offsets() {
    return offsets(files.values());
  }

  /** Whether a writer has committed this before. */
  public boolean has(String writer, long sequence) {
    return writers.getOrDefault(writer, -1L) >= sequence;
  }

  static SortedMap<Integer, OffsetRange> offsets(Collection<DataFile> files) {
    SortedMap<Integer, OffsetRange> all = new TreeMap<>();
    for (DataFile file : files) {
      for (Map.Entry<Integer, OffsetRange> part : file.offsets().entrySet()) {
        all.merge(part.getKey(), part.getValue(), OffsetRange::plus);
      }
    }
    return all;
  }
}
