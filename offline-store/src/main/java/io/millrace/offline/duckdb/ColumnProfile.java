package io.millrace.offline.duckdb;

import java.util.List;

/**
 * What one column of a table holds.
 *
 * @param type as DuckDB names it
 * @param distinct about how many values differ, within a few percent; null is none
 * @param quantiles of numbers, and of times in milliseconds since 1970, the least, about the
 *     quarters, and the greatest; else empty
 * @param bars of the same how many lie in each of {@link #BARS} equal steps from about the 1st to
 *     about the 99th percentile, what is outside in the outermost; else empty
 * @param common of texts and truths the most frequent values, the first of equals in their order
 */
public record ColumnProfile(
    String name,
    String type,
    long rows,
    long nulls,
    long distinct,
    List<Double> quantiles,
    List<Long> bars,
    List<Common> common) {
  /** How many steps a histogram has. */
  public static final int BARS = 16;

  private static final String LEVELS = "▁▂▃▄▅▆▇█";

  /** A value and how often it is there. */
  public record Common(String value, long count) {}

  public ColumnProfile {
    quantiles = List.copyOf(quantiles);
    bars = List.copyOf(bars);
    common = List.copyOf(common);
  }

  /** Whether the quantiles are instants, in milliseconds since 1970. */
  public boolean isOfTimes() {
    return type.startsWith("TIMESTAMP");
  }

  /** The histogram as one word, a blank for a step without values; empty if there is none. */
  public String sparkline() {
    long most = bars.stream().mapToLong(Long::longValue).max().orElse(0);
    StringBuilder line = new StringBuilder();
    for (long bar : bars) {
      line.append(
          bar == 0 ? ' ' : LEVELS.charAt((int) Math.min(LEVELS.length() - 1, bar * 8 / most)));
    }
    return line.toString();
  }
}
