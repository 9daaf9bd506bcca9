package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import io.millrace.feature.ValueType;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import java.util.List;
import java.util.Optional;

/** Which inputs and parameters an aggregation takes, and of which type its value is. */
final class FeatureTypes {
  private static final int MOST_VALUES = 1_000;
  private static final int MOST_EXACT = 10_000;
  private static final int LONGEST_VECTOR = 4_096;

  private final Feature feature;
  private final Aggregation aggregation;
  private final AggregationParameters parameters;

  private FeatureTypes(Feature feature) {
    this.feature = feature;
    this.aggregation = feature.aggregation();
    this.parameters = feature.parameters();
  }

  /**
   * The type of the feature's value.
   *
   * @throws ExpressionException if the aggregation does not take the input, or lacks a parameter
   */
  static ValueType of(Feature feature, Optional<Expression> input, Optional<Expression> by) {
    return new FeatureTypes(feature).type(input.map(Expression::type), by.map(Expression::type));
  }

  private ValueType type(Optional<ValueType> input, Optional<ValueType> by) {
    boolean takesAnyEvent =
        switch (aggregation) {
          case COUNT, TIME_SINCE_LAST, TIME_BETWEEN, DECAYED_COUNT -> true;
          default -> false;
        };
    if (input.isEmpty() && !takesAnyEvent) {
      throw wrong(
          aggregation.word()
              + " does not take *, which only count, time_since_last, time_between and"
              + " decayed_count do");
    }
    requireParameters(by);
    ValueType type = input.orElse(ValueType.INT64);
    return switch (aggregation) {
      case COUNT, TIME_SINCE_LAST -> ValueType.INT64;
      case COUNT_DISTINCT -> taken(type, type.isScalar(), ValueType.INT64);
      case TIME_BETWEEN, DECAYED_COUNT -> ValueType.FLOAT64;
      case SUM, CHANGE -> taken(type, type.isNumeric(), type);
      case AVG,
          VAR_POP,
          VAR_SAMP,
          STDDEV_POP,
          STDDEV_SAMP,
          SKEWNESS,
          KURTOSIS,
          QUANTILE,
          DECAYED_SUM ->
          taken(type, type.isNumeric(), ValueType.FLOAT64);
      case MIN, MAX, FIRST, LAST -> taken(type, type.isScalar(), type);
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K ->
          switch (type) {
            case INT64, TIMESTAMP -> ValueType.INT64_LIST;
            case FLOAT64 -> ValueType.FLOAT64_LIST;
            case STRING -> ValueType.STRING_LIST;
            default -> taken(type, false, type);
          };
      case QUANTILES -> taken(type, type.isNumeric(), ValueType.FLOAT64_LIST);
      case FREQUENT_ITEMS -> taken(type, isCategory(type), ValueType.STRING_LIST);
      case COUNT_BY -> taken(type, isCategory(type), ValueType.FLOAT64_MAP);
      case SUM_BY, AVG_BY -> taken(type, type.isNumeric(), ValueType.FLOAT64_MAP);
      case HISTOGRAM -> taken(type, type.isNumeric(), ValueType.INT64_LIST);
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX ->
          taken(
              type,
              type == ValueType.FLOAT64_LIST || type == ValueType.INT64_LIST,
              ValueType.FLOAT64_LIST);
      case IS_NEW -> taken(type, type.isScalar(), ValueType.BOOL);
      case RATIO -> ValueType.FLOAT64;
    };
  }

  private static boolean isCategory(ValueType type) {
    return type == ValueType.STRING || type == ValueType.INT64 || type == ValueType.BOOL;
  }

  private ValueType taken(ValueType input, boolean isTaken, ValueType value) {
    if (!isTaken) {
      throw wrong(aggregation.word() + " does not take " + feature.input() + ", which is " + input);
    }
    return value;
  }

  private void requireParameters(Optional<ValueType> by) {
    switch (aggregation) {
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K, FREQUENT_ITEMS, COUNT_BY, SUM_BY, AVG_BY ->
          requireK("k", 1, MOST_VALUES);
      case COUNT_DISTINCT -> requireK("exact-up-to", 0, MOST_EXACT);
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> requireK("k", 1, LONGEST_VECTOR);
      case QUANTILE -> requireRanks(1, 1);
      case QUANTILES -> requireRanks(1, 100);
      case HISTOGRAM -> requireBounds();
      case DECAYED_SUM, DECAYED_COUNT -> {
        if (parameters.halfLife().isEmpty() || parameters.halfLife().get().toMillis() < 1) {
          throw wrong(
              aggregation.word() + " needs a half-life above zero, for example half-life: 6h");
        }
      }
      default -> {}
    }
    boolean takesCategory = aggregation == Aggregation.SUM_BY || aggregation == Aggregation.AVG_BY;
    if (takesCategory != by.isPresent()) {
      throw wrong(
          takesCategory
              ? aggregation.word() + " needs a category, for example by: carrier"
              : aggregation.word() + " takes no category; sum_by and avg_by do");
    }
    if (by.isPresent() && !isCategory(by.get())) {
      throw wrong("a category is STRING, INT64 or BOOL, but by is " + by.get());
    }
  }

  private void requireK(String name, int least, int most) {
    if (parameters.k() < least || parameters.k() > most) {
      throw wrong(
          "%s needs %s from %d to %d, but it is %d"
              .formatted(aggregation.word(), name, least, most, parameters.k()));
    }
  }

  private void requireRanks(int least, int most) {
    List<Double> at = parameters.at();
    boolean inRange = at.stream().allMatch(rank -> rank >= 0 && rank <= 1);
    if (at.size() < least || at.size() > most || !inRange) {
      throw wrong(
          aggregation.word()
              + (most == 1
                  ? " needs one rank in [0, 1], for example at: 0.95"
                  : " needs ranks in [0, 1], for example at: [0.5, 0.95]")
              + ", but it has "
              + at);
    }
  }

  private void requireBounds() {
    List<Double> bounds = parameters.bounds();
    boolean ascending = !bounds.isEmpty() && bounds.size() <= MOST_VALUES;
    for (int i = 0; ascending && i < bounds.size(); i++) {
      ascending = Double.isFinite(bounds.get(i)) && (i == 0 || bounds.get(i) > bounds.get(i - 1));
    }
    if (!ascending) {
      throw wrong(
          "histogram needs up to "
              + MOST_VALUES
              + " ascending bounds, for example bounds: [0, 15, 60], but they are "
              + bounds);
    }
  }

  private ExpressionException wrong(String message) {
    return new ExpressionException(feature.input(), 0, message);
  }
}
