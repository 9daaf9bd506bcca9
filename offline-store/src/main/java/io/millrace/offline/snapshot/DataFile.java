package io.millrace.offline.snapshot;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A data file of a table.
 *
 * @param path below the table's folder, with slashes: {@code dt=2008-03-09/part-1.parquet}
 * @param bytes its size
 * @param rows its rows
 * @param schema the id of its schema
 * @param minTimeMs the least event time of its rows; greater than {@code maxTimeMs} if unknown
 * @param maxTimeMs the greatest
 * @param offsets by source partition, where the rows come from; empty for rows of no one record
 */
public record DataFile(
    String path,
    long bytes,
    long rows,
    String schema,
    long minTimeMs,
    long maxTimeMs,
    SortedMap<Integer, OffsetRange> offsets) {
  private static final String HIDDEN = ".hidden";

  public DataFile {
    if (path.isEmpty() || path.startsWith("/") || path.contains("..") || path.indexOf('/') < 1) {
      throw new IllegalArgumentException(
          "a data file lies in a folder of a day, but the path is \"" + path + "\"");
    }
    if (bytes < 1 || rows < 0) {
      throw new IllegalArgumentException(
          path + " has " + bytes + " bytes and " + rows + " rows, which no file has");
    }
    offsets = new TreeMap<>(offsets);
  }

  /** Whether the bounds of the event times are known. */
  public boolean hasTimes() {
    return minTimeMs <= maxTimeMs;
  }

  /** The folder of the file's day: {@code dt=2008-03-09}. */
  public String folder() {
    return path.substring(0, path.lastIndexOf('/'));
  }

  /** The name that it has while it is not for all to see. */
  public String hiddenPath() {
    return hidden(path);
  }

  /** The name that the file of a path has while it is not for all to see. */
  public static String hidden(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(0, slash + 1) + "." + path.substring(slash + 1) + HIDDEN;
  }

  /** The shown name of a file with this hidden name; null if the name is not hidden. */
  public static String shownName(String hiddenName) {
    return hiddenName.startsWith(".") && hiddenName.endsWith(HIDDEN)
        ? hiddenName.substring(1, hiddenName.length() - HIDDEN.length())
        : null;
  }
}
