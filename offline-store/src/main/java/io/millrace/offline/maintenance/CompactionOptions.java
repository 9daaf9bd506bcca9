package io.millrace.offline.maintenance;

import java.util.List;

/**
 * How files are compacted.
 *
 * @param smallBytes files below are made into larger ones
 * @param targetBytes how large a new file becomes about
 * @param memoryBytes what sorting may use about
 * @param entity columns that are sorted by before time; empty for those that the table names
 */
public record CompactionOptions(
    long smallBytes, long targetBytes, long memoryBytes, List<String> entity) {
  public CompactionOptions {
    if (smallBytes < 1 || targetBytes < smallBytes || targetBytes > 512L << 20) {
      throw new IllegalArgumentException(
          "small files become larger ones of 512 MB at most, but small is "
              + smallBytes
              + " and the target "
              + targetBytes
              + " bytes");
    }
    if (memoryBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "sorting needs 1 MB or more, but may use " + memoryBytes + " bytes");
    }
    entity = List.copyOf(entity);
  }

  /** Files below 64 MB become files of 256 MB, with a quarter of the heap. */
  public static CompactionOptions defaults() {
    return new CompactionOptions(
        64L << 20, 256L << 20, Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 4), List.of());
  }

  /** Files below so many MB become files of about so many, with a quarter of the heap. */
  public static CompactionOptions ofMegabytes(int small, int target) {
    CompactionOptions usual = defaults();
    return new CompactionOptions(
        (long) small << 20, (long) target << 20, usual.memoryBytes, usual.entity);
  }

  /** The same for files below so many bytes. */
  public CompactionOptions below(long bytes) {
    return new CompactionOptions(bytes, Math.max(bytes, targetBytes), memoryBytes, entity);
  }

  /** The same with files of about so many bytes. */
  public CompactionOptions to(long bytes) {
    return new CompactionOptions(smallBytes, bytes, memoryBytes, entity);
  }

  /** The same with so much memory. */
  public CompactionOptions with(long bytes) {
    return new CompactionOptions(smallBytes, targetBytes, bytes, entity);
  }

  /** The same sorted by these columns first. */
  public CompactionOptions sortedBy(List<String> columns) {
    return new CompactionOptions(smallBytes, targetBytes, memoryBytes, columns);
  }
}
