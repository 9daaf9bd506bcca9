package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.ValueType;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A feature whose expressions compiled and whose types fit.
 *
 * @param index its position in the view
 * @param input empty for {@code *}
 * @param type of its value
 * @param defaultValue what stands for null, boxed as {@link io.millrace.feature.Values#of} takes
 *     it; null for null
 */
record CompiledFeature(
    int index,
    Feature feature,
    Optional<Expression> input,
    Optional<Expression> where,
    ValueType type,
    Object defaultValue) {
  private static final String ANY_EVENT = "*";

  Aggregation aggregation() {
    return feature.aggregation();
  }

  WindowSpec window() {
    return feature.window();
  }

  /** The type of the input; INT64 for {@code *}. */
  ValueType inputType() {
    return input.map(Expression::type).orElse(ValueType.INT64);
  }

  /** What the function sees: features with equal text here see the same values. */
  String source() {
    return feature.input() + feature.where().map(filter -> " where " + filter).orElse("");
  }

  /**
   * Compiles all features of a view, each distinct expression once.
   *
   * @throws ExpressionException if an expression does not compile or has a type that does not fit,
   *     or a default is no value of its feature's type
   */
  static List<CompiledFeature> compile(FeatureView view, Function<String, Expression> compiler) {
    Map<String, Expression> compiled = new HashMap<>();
    Function<String, Expression> once = text -> compiled.computeIfAbsent(text, compiler);
    List<CompiledFeature> features = new ArrayList<>();
    for (Feature feature : view.features()) {
      Optional<Expression> input =
          feature.input().equals(ANY_EVENT)
              ? Optional.empty()
              : Optional.of(feature.input()).map(once);
      Optional<Expression> where = feature.where().map(once);
      where.ifPresent(CompiledFeature::requireBool);
      ValueType type = typeOf(feature, input);
      features.add(
          new CompiledFeature(
              features.size(), feature, input, where, type, defaultOf(feature, type)));
    }
    return features;
  }

  private static void requireBool(Expression where) {
    if (where.type() != ValueType.BOOL) {
      throw new ExpressionException(
          where.text(), 0, "a filter is BOOL, but this is " + where.type());
    }
  }

  private static ValueType typeOf(Feature feature, Optional<Expression> input) {
    Aggregation aggregation = feature.aggregation();
    if (aggregation == Aggregation.COUNT) {
      return ValueType.INT64;
    }
    if (input.isEmpty()) {
      throw new ExpressionException(
          feature.input(), 0, aggregation.word() + " does not take *, which only count does");
    }
    ValueType type = input.get().type();
    boolean isMean = aggregation == Aggregation.AVG;
    if ((isMean || aggregation == Aggregation.SUM) && !type.isNumeric()) {
      throw new ExpressionException(
          feature.input(),
          0,
          aggregation.word() + " does not take " + feature.input() + ", which is " + type);
    }
    return isMean ? ValueType.FLOAT64 : type;
  }

  private static Object defaultOf(Feature feature, ValueType type) {
    if (feature.defaultValue().isEmpty()) {
      return null;
    }
    String text = feature.defaultValue().get();
    try {
      return switch (type) {
        case INT64 -> (Object) Long.parseLong(text);
        case FLOAT64 -> Double.parseDouble(text);
        case STRING -> text;
        case TIMESTAMP ->
            text.matches("-?\\d+") ? Long.parseLong(text) : Instant.parse(text).toEpochMilli();
        case BOOL -> {
          if (!text.equals("true") && !text.equals("false")) {
            throw new NumberFormatException(text);
          }
          yield Boolean.valueOf(text);
        }
        case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
            throw new ExpressionException(
                text, 0, feature.name() + " is " + type + ", which has no default but null");
      };
    } catch (NumberFormatException | DateTimeException e) {
      throw new ExpressionException(
          text, 0, "the default of " + feature.name() + " must be " + type + ", but it is " + text);
    }
  }
}
