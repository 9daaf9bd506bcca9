package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;

/** {@code bucketize(x, [bounds])}. */
final class Bucketize {
  private Bucketize() {}

  /**
   * @throws IllegalArgumentException if the bounds are not ascending literal numbers
   */
  static Closure of(Closure real, Closure list) {
    double[] bounds = bounds(list.literals());
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!real.evaluate(row, cell) || Double.isNaN(cell.real)) {
            return false;
          }
          // 0.0 + x, since -0.0 is not below a bound of zero.
          cell.number = atMost(bounds, 0.0 + cell.real);
          return true;
        });
  }

  private static int atMost(double[] bounds, double x) {
    int low = 0;
    int high = bounds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bounds[middle] <= x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static double[] bounds(List<Closure> literals) {
    if (literals == null || literals.isEmpty() || !literals.stream().allMatch(Closure::isNumber)) {
      throw new IllegalArgumentException(
          "bounds are a list of literal numbers, such as bucketize(delay, [0, 15, 60])");
    }
    double[] bounds =
        literals.stream().mapToDouble(l -> ((Number) l.constant()).doubleValue()).toArray();
    for (int i = 1; i < bounds.length; i++) {
      if (!(bounds[i - 1] < bounds[i])) {
        throw new IllegalArgumentException(
            "bounds ascend, but " + bounds[i] + " follows " + bounds[i - 1]);
      }
    }
    return bounds;
  }
}
