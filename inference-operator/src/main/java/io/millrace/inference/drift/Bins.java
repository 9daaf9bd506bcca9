package io.millrace.inference.drift;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which bin a value falls into.
 *
 * <pre>
 * numbers      0 null | 1 up to edges[0] | ... | n up to the last edge | n + 1 above it
 * categories   0 null | 1 the first | ... | n the last | n + 1 one that was not seen
 * </pre>
 *
 * <p>NaN counts as null, infinities as the numbers beyond all others. Immutable and thread-safe; no
 * allocation.
 */
final class Bins {
  static final int NULL = 0;

  private final ValueType type;
  private final double[] edges;
  private final List<String> categories;
  private final Map<String, Integer> binOf = new HashMap<>();

  private Bins(ValueType type, double[] edges, List<String> categories) {
    this.type = type;
    this.edges = edges;
    this.categories = categories;
    for (int i = 0; i < categories.size(); i++) {
      binOf.put(categories.get(i), i + 1);
    }
  }

  /**
   * @param edges strictly rising
   */
  static Bins numbers(ValueType type, double[] edges) {
    if (!type.isScalar() || type == ValueType.STRING) {
      throw new IllegalArgumentException("bins of numbers are of no " + type);
    }
    for (int i = 1; i < edges.length; i++) {
      if (!(edges[i] > edges[i - 1])) {
        throw new IllegalArgumentException("edges must rise, but are " + Arrays.toString(edges));
      }
    }
    return new Bins(type, edges.clone(), List.of());
  }

  static Bins categories(List<String> categories) {
    return new Bins(ValueType.STRING, new double[0], List.copyOf(categories));
  }

  boolean isCategorical() {
    return type == ValueType.STRING;
  }

  ValueType type() {
    return type;
  }

  double[] edges() {
    return edges.clone();
  }

  List<String> categories() {
    return categories;
  }

  int count() {
    return 2 + (isCategorical() ? categories.size() : edges.length);
  }

  int unseen() {
    return count() - 1;
  }

  /** The value as a number; NaN for null. Not for categories. */
  double number(Values values, int column) {
    if (values.isNull(column)) {
      return Double.NaN;
    }
    return switch (type) {
      case INT64, TIMESTAMP -> values.longAt(column);
      // Adding 0.0 makes -0.0 the same number, which a search for edges would tell apart.
      case FLOAT64 -> values.doubleAt(column) + 0.0;
      case BOOL -> values.booleanAt(column) ? 1 : 0;
      case STRING -> throw new IllegalStateException("a category is no number");
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          throw new IllegalStateException(type + " was refused when the bins were made");
    };
  }

  int ofNumber(double value) {
    if (Double.isNaN(value)) {
      return NULL;
    }
    int at = Arrays.binarySearch(edges, value);
    return 1 + (at >= 0 ? at : -at - 1);
  }

  int ofCategory(Values values, int column) {
    if (values.isNull(column)) {
      return NULL;
    }
    Integer bin = binOf.get(values.textAt(column));
    return bin == null ? unseen() : bin;
  }
}
