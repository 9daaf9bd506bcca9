package io.millrace.offline.parquet;

/**
 * Which rows of a file are read, told by their group and by one number of theirs. Of a group that
 * is left out nothing is read, of a row only that number.
 */
public interface RowChoice {
  /**
   * Whether any row of a group is read.
   *
   * @param group 0 to {@code groups - 1}
   * @param groups how many the file has
   */
  boolean hasGroup(int group, int groups);

  /** Whether a row of a group that is read is read itself. */
  boolean hasRow(int group, int groups, long number);
}
