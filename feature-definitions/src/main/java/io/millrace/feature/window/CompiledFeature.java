package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Feature;
import io.millrace.feature.ValueType;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import java.time.DateTimeException;
import java.time.Duration;
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
 * @param input empty for {@code *}, and of a ratio
 * @param by the category of those that have one
 * @param type of its value
 * @param defaultValue what stands for null, boxed as {@link io.millrace.feature.Values#of} takes
 *     it; null for null
 * @param runMs where a late event may join what a key was before it was forgotten with what it was
 *     after, the time without events that parts them; else 0
 */
record CompiledFeature(
    int index,
    Feature feature,
    Optional<Expression> input,
    Optional<Expression> by,
    Optional<Expression> where,
    ValueType type,
    Object defaultValue,
    long runMs) {
  private static final String ANY_EVENT = "*";

  Aggregation aggregation() {
    return feature.aggregation();
  }

  /** That of the feature, but of all that happened since the key was forgotten, that run. */
  WindowSpec window() {
    return isOfRun() ? WindowSpec.session(Duration.ofMillis(runMs)) : feature.window();
  }

  /** Whether it is of all events since the key was last forgotten, whatever it takes of them. */
  boolean isOfRun() {
    return runMs > 0 && feature.window().kind() == WindowSpec.Kind.LIFETIME;
  }

  /** The same, of a view whose keys are forgotten but may be joined with what they were. */
  CompiledFeature inRunsOf(long gapMs) {
    return new CompiledFeature(index, feature, input, by, where, type, defaultValue, gapMs);
  }

  /** The type of the input; INT64 for {@code *}. */
  ValueType inputType() {
    return input.map(Expression::type).orElse(ValueType.INT64);
  }

  /** What the function sees: features with equal text here see the same values. */
  String source() {
    return feature.input()
        + by.map(category -> " by " + category.text()).orElse("")
        + (isVector() ? " of " + feature.parameters().k() : "")
        + feature.where().map(filter -> " where " + filter).orElse("");
  }

  boolean isVector() {
    return switch (aggregation()) {
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> true;
      default -> false;
    };
  }

  /** Whether it is computed from other features rather than from events. */
  boolean isRatio() {
    return aggregation() == Aggregation.RATIO;
  }

  /** Whether the function needs the input itself, rather than that there was one, and when. */
  boolean needsValue() {
    return switch (aggregation()) {
      case COUNT, TIME_SINCE_LAST, TIME_BETWEEN, DECAYED_COUNT, RATIO -> false;
      default -> true;
    };
  }

  /** Whether an event can be taken back from a tile of it, leaving no trace. */
  boolean isInvertible() {
    boolean isAligned =
        switch (window().kind()) {
          case SLIDING, TUMBLING, LIFETIME -> true;
          case SESSION, ROWS -> false;
        };
    return isAligned
        && switch (aggregation()) {
          case COUNT, HISTOGRAM -> true;
          case SUM, AVG -> inputType() == ValueType.INT64;
          default -> false;
        };
  }

  /**
   * Compiles all features of a view, each distinct expression once.
   *
   * @param view its name, for messages
   * @throws ExpressionException if an expression does not compile or has a type that does not fit,
   *     or a default is no value of its feature's type
   */
  static List<CompiledFeature> compile(
      String view, List<Feature> all, Function<String, Expression> compiler) {
    Map<String, Expression> compiled = new HashMap<>();
    Function<String, Expression> once = text -> compiled.computeIfAbsent(text, compiler);
    List<CompiledFeature> features = new ArrayList<>();
    for (Feature feature : all) {
      boolean isRatio = feature.aggregation() == Aggregation.RATIO;
      Optional<Expression> input =
          isRatio || feature.input().equals(ANY_EVENT)
              ? Optional.empty()
              : Optional.of(feature.input()).map(once);
      Optional<Expression> by = feature.parameters().by().map(once);
      Optional<Expression> where = feature.where().map(once);
      where.ifPresent(CompiledFeature::requireBool);
      ValueType type =
          isRatio ? ratioType(view, all, feature) : FeatureTypes.of(feature, input, by);
      features.add(
          new CompiledFeature(
              features.size(), feature, input, by, where, type, defaultOf(feature, type), 0));
    }
    return features;
  }

  private static void requireBool(Expression where) {
    if (where.type() != ValueType.BOOL) {
      throw new ExpressionException(
          where.text(), 0, "a filter is BOOL, but this is " + where.type());
    }
  }

  /** That both are numbers is seen when they are compiled themselves. */
  private static ValueType ratioType(String view, List<Feature> all, Feature ratio) {
    String divisor = ratio.parameters().over().orElse("");
    for (String name : List.of(ratio.input(), divisor)) {
      Feature part =
          all.stream()
              .filter(feature -> feature.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new ExpressionException(
                          ratio.input(),
                          0,
                          "a ratio is of two features of its view, but "
                              + view
                              + " has none named '"
                              + name
                              + "'; it has "
                              + all.stream().map(Feature::name).toList()));
      if (part.aggregation() == Aggregation.RATIO) {
        throw new ExpressionException(
            ratio.input(), 0, "a ratio is of features that are no ratios, but " + name + " is one");
      }
    }
    return ValueType.FLOAT64;
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
