package io.millrace.inference.gate;

import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The rows of what drifted: those where a drifted feature lies in the bin that gained the largest
 * share since the champion was trained. Bins are tenths of the champion's golden rows, which are
 * drawn from what it was trained on; null is a bin, and so is each text.
 *
 * <p>Golden rows are a thousand at least, so that a share is known to about one hundredth; a
 * feature whose largest gain is below {@link #LEAST_GAIN} adds no rows.
 */
final class DriftSlice {
  static final double LEAST_GAIN = 0.03;
  private static final int BINS = 10;
  private static final String NULL = "null";

  private DriftSlice() {}

  /** Which rows belong to it; empty if no feature gained anywhere. */
  static Optional<boolean[]> of(
      RowSchema vector, List<String> drifted, List<Values> reference, List<Values> rows) {
    boolean[] slice = new boolean[rows.size()];
    boolean any = false;
    for (String feature : drifted) {
      // What drifted may be the score, which is no column.
      int column = vector.fields().stream().map(f -> f.name()).toList().indexOf(feature);
      if (column < 0) {
        continue;
      }
      ValueType type = vector.fields().get(column).type();
      double[] edges = edges(reference, column, type);
      Map<String, Double> gains = new HashMap<>();
      rows.forEach(
          r -> gains.merge(bin(r.boxedAt(column, type), edges), 1.0 / rows.size(), Double::sum));
      reference.forEach(
          r ->
              gains.merge(
                  bin(r.boxedAt(column, type), edges), -1.0 / reference.size(), Double::sum));
      Map.Entry<String, Double> most =
          gains.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
      if (most.getValue() < LEAST_GAIN) {
        continue;
      }
      for (int row = 0; row < slice.length; row++) {
        slice[row] |= bin(rows.get(row).boxedAt(column, type), edges).equals(most.getKey());
      }
      any = true;
    }
    return any ? Optional.of(slice) : Optional.empty();
  }

  private static double[] edges(List<Values> reference, int column, ValueType type) {
    double[] sorted =
        reference.stream()
            .map(row -> row.boxedAt(column, type))
            .filter(value -> value != null && !(value instanceof String))
            .mapToDouble(DriftSlice::number)
            .filter(value -> !Double.isNaN(value))
            .sorted()
            .toArray();
    return sorted.length == 0
        ? new double[0]
        : IntStream.range(1, BINS)
            .mapToDouble(i -> sorted[(int) ((long) i * sorted.length / BINS)])
            .distinct()
            .toArray();
  }

  private static String bin(Object value, double[] edges) {
    if (value == null) {
      return NULL;
    }
    if (value instanceof String text) {
      return "text " + text;
    }
    int at = Arrays.binarySearch(edges, number(value));
    return Integer.toString(at < 0 ? -at - 1 : at + 1);
  }

  private static double number(Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    return (Boolean) value ? 1 : 0;
  }
}
