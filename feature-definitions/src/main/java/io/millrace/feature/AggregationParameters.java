package io.millrace.feature;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an aggregation needs beside its input; what it does not need is zero or empty.
 *
 * @param k how many: of FIRST_K, LAST_K, TOP_K, BOTTOM_K and FREQUENT_ITEMS the values, of
 *     COUNT_BY, SUM_BY and AVG_BY the categories, of COUNT_DISTINCT up to which number it is exact
 * @param at the ranks of QUANTILE and QUANTILES, each in [0, 1]
 * @param bounds of HISTOGRAM, ascending
 * @param by the category of SUM_BY and AVG_BY, a STRING, INT64 or BOOL expression over the event
 * @param over the divisor of RATIO, a feature of the same view
 * @param halfLife of DECAYED_SUM and DECAYED_COUNT, after which an event counts half
 */
public record AggregationParameters(
    int k,
    List<Double> at,
    List<Double> bounds,
    Optional<String> by,
    Optional<String> over,
    Optional<Duration> halfLife) {
  public static final AggregationParameters NONE =
      new AggregationParameters(
          0, List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());

  public AggregationParameters {
    at = List.copyOf(at);
    bounds = List.copyOf(bounds);
  }

  /** These with another number. */
  public AggregationParameters withK(int number) {
    return new AggregationParameters(number, at, bounds, by, over, halfLife);
  }

  /** These with other ranks. */
  public AggregationParameters withAt(List<Double> ranks) {
    return new AggregationParameters(k, ranks, bounds, by, over, halfLife);
  }

  /** These with other bounds. */
  public AggregationParameters withBounds(List<Double> ascending) {
    return new AggregationParameters(k, at, ascending, by, over, halfLife);
  }

  /** These with another category. */
  public AggregationParameters withBy(String category) {
    return new AggregationParameters(k, at, bounds, Optional.of(category), over, halfLife);
  }

  /** These with another divisor. */
  public AggregationParameters withOver(String divisor) {
    return new AggregationParameters(k, at, bounds, by, Optional.of(divisor), halfLife);
  }

  /** These with another half-life. */
  public AggregationParameters withHalfLife(Duration duration) {
    return new AggregationParameters(k, at, bounds, by, over, Optional.of(duration));
  }
}
