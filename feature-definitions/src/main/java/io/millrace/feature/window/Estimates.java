package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.window.NaiveFunctions.Input;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.datasketches.frequencies.ItemsSketch;

/**
 * How far a value that a sketch estimates may lie from the exact one. Up to as many inputs as a
 * function keeps exactly there is one right value; beyond them there are these:
 *
 * <ul>
 *   <li>COUNT_DISTINCT: {@value #STANDARD_ERRORS} standard errors of a merged CPC sketch of 2^11
 *       rows, 0.693 / sqrt(2^11) each: 7.7 %.
 *   <li>QUANTILE and QUANTILES: an input whose rank is off by no more than {@value
 *       #STANDARD_ERRORS} standard errors of KLL with k = 200, 2.6 %. (That is twice the 1.33 %
 *       that hold with 99 % confidence: of a million values, ten thousand are further off than
 *       that.)
 *   <li>FREQUENT_ITEMS: the counts by which the items are ordered are off by no more than 3.5 / 256
 *       of all inputs, without exception.
 *   <li>RATIO of such a number: what numbers so far off may give.
 * </ul>
 *
 * @see <a href="https://datasketches.apache.org/docs/CPC/CpcPerformance.html">CPC</a>
 * @see <a href="https://datasketches.apache.org/docs/KLL/KLLAccuracyAndSize.html">KLL</a>
 * @see <a href="https://datasketches.apache.org/docs/Frequency/FrequentItemsErrorTable.html">
 *     Frequent items</a>
 */
public final class Estimates {
  /** A normal deviate is further off once in 1.7 million times. */
  static final int STANDARD_ERRORS = 5;

  static final double DISTINCT_ERROR = STANDARD_ERRORS * 0.693 / Math.sqrt(1 << 11);

  /** 1.33 % are 2.576 standard errors. */
  static final double RANK_ERROR = STANDARD_ERRORS * 0.0133 / 2.576;

  private static final int EXACT_QUANTILES = 200;
  private static final int EXACT_ITEMS = 192;
  private static final double ITEM_ERROR = ItemsSketch.getEpsilon(256);

  /** Both bounds are right values. */
  record Interval(double low, double high) {
    private boolean contains(Object value) {
      return value instanceof Number number
          && number.doubleValue() >= low
          && number.doubleValue() <= high;
    }
  }

  private Estimates() {}

  /**
   * How a feature's value is compared with the exact one, in words; empty where it must be equal.
   *
   * @throws IllegalArgumentException if the view has no such feature
   */
  public static Optional<String> rule(FeatureView view, String name) {
    Feature feature =
        view.features().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException(view.name() + " has no feature " + name));
    return switch (feature.aggregation()) {
      case COUNT_DISTINCT ->
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "equal up to %d distinct values, beyond within %.1f %%",
                  feature.parameters().k(),
                  100 * DISTINCT_ERROR));
      case QUANTILE, QUANTILES ->
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "equal below %d values, from there on ranks within %.1f %%",
                  EXACT_QUANTILES,
                  100 * RANK_ERROR));
      case FREQUENT_ITEMS ->
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "equal up to %d distinct items, beyond counts within %.1f %% of all",
                  EXACT_ITEMS,
                  100 * ITEM_ERROR));
      case RATIO ->
          Stream.of(feature.input(), feature.parameters().over().orElseThrow())
              .flatMap(part -> rule(view, part).map(rule -> part + " " + rule).stream())
              .reduce((one, other) -> one + "; " + other);
      default -> Optional.empty();
    };
  }

  /**
   * Whether a sketch of a window's inputs may give a value that is not the exact one.
   *
   * @param value as a row holds it, boxed; null for null
   */
  static boolean admits(CompiledFeature feature, List<Input> window, Object value) {
    return switch (feature.aggregation()) {
      case COUNT_DISTINCT, QUANTILE -> {
        List<Interval> right = intervals(feature, window);
        yield !right.isEmpty() && right.get(0).contains(value);
      }
      case QUANTILES -> {
        List<Interval> right = intervals(feature, window);
        if (!(value instanceof List<?> quantiles) || quantiles.size() != right.size()) {
          yield false;
        }
        boolean all = true;
        for (int i = 0; i < right.size(); i++) {
          all &= right.get(i).contains(quantiles.get(i));
        }
        yield all;
      }
      case FREQUENT_ITEMS -> value instanceof List<?> items && areFrequent(feature, window, items);
      default -> false;
    };
  }

  /** Where the value of a number lies; empty unless it is an estimate. */
  static Optional<Interval> interval(CompiledFeature feature, List<Input> window) {
    return feature.aggregation() == Aggregation.COUNT_DISTINCT
            || feature.aggregation() == Aggregation.QUANTILE
        ? intervals(feature, window).stream().findFirst()
        : Optional.empty();
  }

  /** Whether numbers that lie so give a quotient; null is one only where the divisor may be 0. */
  static boolean admitsRatio(Interval dividend, Interval divisor, Object value) {
    if (divisor.low() <= 0 && divisor.high() >= 0) {
      // As large as one likes, or null.
      return divisor.low() < divisor.high();
    }
    double[] quotients = {
      dividend.low() / divisor.low(),
      dividend.low() / divisor.high(),
      dividend.high() / divisor.low(),
      dividend.high() / divisor.high()
    };
    Arrays.sort(quotients);
    return new Interval(quotients[0], quotients[3]).contains(value);
  }

  private static List<Interval> intervals(CompiledFeature feature, List<Input> window) {
    if (feature.aggregation() == Aggregation.COUNT_DISTINCT) {
      Set<Object> distinct = new HashSet<>();
      window.forEach(input -> distinct.add(NaiveFunctions.canonical(input.value())));
      int count = distinct.size();
      return count <= feature.feature().parameters().k()
          ? List.of()
          : List.of(
              new Interval(
                  Math.floor(count * (1 - DISTINCT_ERROR)),
                  Math.ceil(count * (1 + DISTINCT_ERROR))));
    }
    double[] sorted =
        window.stream()
            .mapToDouble(input -> ((Number) input.value()).doubleValue())
            .filter(number -> !Double.isNaN(number))
            .sorted()
            .toArray();
    List<Interval> intervals = new ArrayList<>();
    if (sorted.length >= EXACT_QUANTILES) {
      for (double rank : feature.feature().parameters().at()) {
        intervals.add(
            new Interval(
                sorted[at(rank - RANK_ERROR, sorted)], sorted[at(rank + RANK_ERROR, sorted)]));
      }
    }
    return intervals;
  }

  private static int at(double rank, double[] sorted) {
    int at = (int) Math.ceil(rank * sorted.length) - 1;
    return Math.min(Math.max(at, 0), sorted.length - 1);
  }

  private static boolean areFrequent(CompiledFeature feature, List<Input> window, List<?> items) {
    Map<String, Integer> counts = new HashMap<>();
    window.forEach(input -> counts.merge(input.value().toString(), 1, Integer::sum));
    boolean known = counts.keySet().containsAll(items) && Set.copyOf(items).size() == items.size();
    int most = feature.feature().parameters().k();
    if (counts.size() <= EXACT_ITEMS || !known || items.size() > most) {
      return false;
    }
    double error = ITEM_ERROR * window.size();
    double rarest = Double.MAX_VALUE;
    for (Object item : items) {
      if (counts.get(item) > rarest + error) {
        return false;
      }
      rarest = Math.min(rarest, counts.get(item));
    }
    counts.keySet().removeAll(items);
    int mostLeftOut = counts.values().stream().max(Comparator.naturalOrder()).orElse(0);
    return mostLeftOut <= (items.size() < most ? 0 : rarest) + error;
  }
}
