package io.millrace.offline.snapshot;

/**
 * Which offsets of a source partition some rows come from. There may be gaps between first and
 * last: other days' rows, dead letters, heartbeats, marks of transactions.
 *
 * @param rows how many rows; a change to a table makes two of one offset
 */
public record OffsetRange(long first, long last, long rows) {
  public OffsetRange {
    if (first < 0 || last < first || rows < 1) {
      throw new IllegalArgumentException(
          "no range of offsets: [" + first + ", " + last + "] with " + rows + " rows");
    }
  }

  /** The range that holds both. */
  public OffsetRange plus(OffsetRange other) {
    return new OffsetRange(
        Math.min(first, other.first), Math.max(last, other.last), rows + other.rows);
  }
}
