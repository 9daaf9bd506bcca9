package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A {@link Feature} in code; see {@link DefinitionBuilder}. Without {@link #over} its window is all
 * before. Not thread-safe.
 */
public final class FeatureBuilder {
  private final Aggregation aggregation;
  private final String input;
  private final AggregationParameters parameters;
  private Optional<String> where = Optional.empty();
  private WindowSpec window = WindowSpec.lifetime();
  private Optional<String> defaultValue = Optional.empty();
  private String description = "";

  private FeatureBuilder(Aggregation aggregation, String input, AggregationParameters parameters) {
    this.aggregation = aggregation;
    this.input = input;
    this.parameters = parameters;
  }

  private static FeatureBuilder of(Aggregation aggregation, String input) {
    return new FeatureBuilder(aggregation, input, AggregationParameters.NONE);
  }

  private static FeatureBuilder of(Aggregation aggregation, String input, int k) {
    return new FeatureBuilder(aggregation, input, AggregationParameters.NONE.withK(k));
  }

  public static FeatureBuilder count() {
    return of(Aggregation.COUNT, "*");
  }

  public static FeatureBuilder sum(String input) {
    return of(Aggregation.SUM, input);
  }

  public static FeatureBuilder avg(String input) {
    return of(Aggregation.AVG, input);
  }

  public static FeatureBuilder min(String input) {
    return of(Aggregation.MIN, input);
  }

  public static FeatureBuilder max(String input) {
    return of(Aggregation.MAX, input);
  }

  public static FeatureBuilder varPop(String input) {
    return of(Aggregation.VAR_POP, input);
  }

  public static FeatureBuilder varSamp(String input) {
    return of(Aggregation.VAR_SAMP, input);
  }

  public static FeatureBuilder stddevPop(String input) {
    return of(Aggregation.STDDEV_POP, input);
  }

  public static FeatureBuilder stddevSamp(String input) {
    return of(Aggregation.STDDEV_SAMP, input);
  }

  public static FeatureBuilder skewness(String input) {
    return of(Aggregation.SKEWNESS, input);
  }

  public static FeatureBuilder kurtosis(String input) {
    return of(Aggregation.KURTOSIS, input);
  }

  public static FeatureBuilder first(String input) {
    return of(Aggregation.FIRST, input);
  }

  public static FeatureBuilder last(String input) {
    return of(Aggregation.LAST, input);
  }

  public static FeatureBuilder timeSinceLast(String input) {
    return of(Aggregation.TIME_SINCE_LAST, input);
  }

  public static FeatureBuilder timeBetween(String input) {
    return of(Aggregation.TIME_BETWEEN, input);
  }

  public static FeatureBuilder change(String input) {
    return of(Aggregation.CHANGE, input);
  }

  public static FeatureBuilder isNew(String input) {
    return of(Aggregation.IS_NEW, input);
  }

  public static FeatureBuilder firstK(String input, int k) {
    return of(Aggregation.FIRST_K, input, k);
  }

  public static FeatureBuilder lastK(String input, int k) {
    return of(Aggregation.LAST_K, input, k);
  }

  public static FeatureBuilder topK(String input, int k) {
    return of(Aggregation.TOP_K, input, k);
  }

  public static FeatureBuilder bottomK(String input, int k) {
    return of(Aggregation.BOTTOM_K, input, k);
  }

  public static FeatureBuilder frequentItems(String input, int k) {
    return of(Aggregation.FREQUENT_ITEMS, input, k);
  }

  public static FeatureBuilder countBy(String input, int k) {
    return of(Aggregation.COUNT_BY, input, k);
  }

  /** Exact up to that many, then the estimate of a sketch. */
  public static FeatureBuilder countDistinct(String input, int exactUpTo) {
    return of(Aggregation.COUNT_DISTINCT, input, exactUpTo);
  }

  public static FeatureBuilder vectorSum(String input, int length) {
    return of(Aggregation.VECTOR_SUM, input, length);
  }

  public static FeatureBuilder vectorAvg(String input, int length) {
    return of(Aggregation.VECTOR_AVG, input, length);
  }

  public static FeatureBuilder vectorMin(String input, int length) {
    return of(Aggregation.VECTOR_MIN, input, length);
  }

  public static FeatureBuilder vectorMax(String input, int length) {
    return of(Aggregation.VECTOR_MAX, input, length);
  }

  public static FeatureBuilder quantile(String input, double at) {
    return new FeatureBuilder(
        Aggregation.QUANTILE, input, AggregationParameters.NONE.withAt(List.of(at)));
  }

  public static FeatureBuilder quantiles(String input, List<Double> at) {
    return new FeatureBuilder(Aggregation.QUANTILES, input, AggregationParameters.NONE.withAt(at));
  }

  public static FeatureBuilder sumBy(String input, String category, int k) {
    return new FeatureBuilder(
        Aggregation.SUM_BY, input, AggregationParameters.NONE.withBy(category).withK(k));
  }

  public static FeatureBuilder avgBy(String input, String category, int k) {
    return new FeatureBuilder(
        Aggregation.AVG_BY, input, AggregationParameters.NONE.withBy(category).withK(k));
  }

  public static FeatureBuilder histogram(String input, List<Double> bounds) {
    return new FeatureBuilder(
        Aggregation.HISTOGRAM, input, AggregationParameters.NONE.withBounds(bounds));
  }

  /** One feature of the view divided by another. */
  public static FeatureBuilder ratio(String feature, String divisor) {
    return new FeatureBuilder(
        Aggregation.RATIO, feature, AggregationParameters.NONE.withOver(divisor));
  }

  public static FeatureBuilder decayedSum(String input, Duration halfLife) {
    return new FeatureBuilder(
        Aggregation.DECAYED_SUM, input, AggregationParameters.NONE.withHalfLife(halfLife));
  }

  public static FeatureBuilder decayedCount(Duration halfLife) {
    return new FeatureBuilder(
        Aggregation.DECAYED_COUNT, "*", AggregationParameters.NONE.withHalfLife(halfLife));
  }

  public FeatureBuilder where(String filter) {
    this.where = Optional.of(filter);
    return this;
  }

  /** A window exact to the event at both ends. */
  public FeatureBuilder over(Duration window) {
    this.window = WindowSpec.slidingExact(window);
    return this;
  }

  /** A window whose tail moves in steps of {@code resolution}, of which it is a multiple. */
  public FeatureBuilder over(Duration window, Duration resolution) {
    this.window = WindowSpec.slidingByTiles(window, resolution);
    return this;
  }

  /** Any window; {@link WindowSpec} makes them. */
  public FeatureBuilder over(WindowSpec spec) {
    this.window = spec;
    return this;
  }

  /** What stands for null, as text of the feature's type. */
  public FeatureBuilder defaultValue(String text) {
    this.defaultValue = Optional.of(text);
    return this;
  }

  public FeatureBuilder description(String sentence) {
    this.description = sentence;
    return this;
  }

  Feature named(String name) {
    return new Feature(
        name, aggregation, input, parameters, where, window, defaultValue, description);
  }
}
