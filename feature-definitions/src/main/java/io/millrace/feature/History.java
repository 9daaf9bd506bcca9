package io.millrace.feature;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a source's past lies and how a row of it becomes an event.
 *
 * @param path a Parquet file or folder
 * @param where which rows are events, an expression over the file's columns; empty means all
 * @param columns event column to expression over the file's columns; a column that is not named
 *     here is read from the file's column of the same name
 * @param disorder how far a row may lie behind the newest before it, in event time; with it the
 *     file is read as a stream, without it the rows are sorted in memory
 */
public record History(
    Path path, Optional<String> where, Map<String, String> columns, Optional<Duration> disorder) {
  public History {
    columns = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  /** The same history read from another path. */
  public History withPath(Path other) {
    return new History(other, where, columns, disorder);
  }
}
