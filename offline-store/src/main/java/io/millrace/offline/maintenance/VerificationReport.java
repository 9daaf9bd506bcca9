package io.millrace.offline.maintenance;

import java.util.List;

/**
 * What a verification found in a table.
 *
 * @param snapshot the snapshot; 0 if the table has none, then all files that everyone sees
 * @param doubles rows of an offset that another row has too
 * @param missing offsets between a partition's first and last that no row has: other tables', those
 *     of heartbeats and of transactions' marks
 * @param problems what is wrong, each with its place and what mends it
 * @param remarks what is right, but may surprise
 */
public record VerificationReport(
    String table,
    long snapshot,
    long files,
    long bytes,
    long rows,
    long partitions,
    long doubles,
    long missing,
    List<String> problems,
    List<String> remarks) {
  public VerificationReport {
    problems = List.copyOf(problems);
    remarks = List.copyOf(remarks);
  }
}
