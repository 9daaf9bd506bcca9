package io.millrace.feature.window;

import io.millrace.feature.Feature;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.expression.ExpressionException;
import java.util.List;

/** The features of a view that are one other divided by another. Immutable and thread-safe. */
final class Ratios {
  private record Ratio(int feature, Object defaultValue, int dividend, int divisor) {}

  private final RowSchema rowSchema;
  private final Ratio[] ratios;

  /**
   * @param rowSchema of the view's rows
   * @throws ExpressionException if one is of what is no number
   */
  Ratios(RowSchema rowSchema, List<CompiledFeature> features) {
    this.rowSchema = rowSchema;
    this.ratios =
        features.stream().filter(CompiledFeature::isRatio).map(this::ratio).toArray(Ratio[]::new);
  }

  private Ratio ratio(CompiledFeature feature) {
    Feature ratio = feature.feature();
    int dividend = requireNumber(ratio, ratio.input());
    int divisor = requireNumber(ratio, ratio.parameters().over().orElseThrow());
    return new Ratio(feature.index(), feature.defaultValue(), dividend, divisor);
  }

  private int requireNumber(Feature ratio, String part) {
    int index = rowSchema.requireIndexOf(part);
    if (!rowSchema.field(index).type().isNumeric()) {
      throw new ExpressionException(
          ratio.input(),
          0,
          "a ratio is of numbers, but " + part + " is " + rowSchema.field(index).type());
    }
    return index;
  }

  /** Sets them in a row that has the others. */
  void set(Values row) {
    for (Ratio ratio : ratios) {
      double divisor = row.isNull(ratio.divisor) ? 0 : number(row, ratio.divisor);
      if (divisor == 0 || row.isNull(ratio.dividend)) {
        row.setBoxed(ratio.feature, ratio.defaultValue);
      } else {
        double value = number(row, ratio.dividend) / divisor;
        row.setDouble(ratio.feature, Double.isNaN(value) ? Double.NaN : value);
      }
    }
  }

  private double number(Values row, int index) {
    return rowSchema.field(index).type() == ValueType.INT64
        ? row.longAt(index)
        : row.doubleAt(index);
  }
}
