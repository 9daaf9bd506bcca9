package io.millrace.benchmarks.engine;

import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ViewBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The views that are measured. */
final class Views {
  private static final List<Duration[]> MIXED =
      List.of(
          new Duration[] {Duration.ofHours(1), Duration.ofMinutes(1)},
          new Duration[] {Duration.ofDays(1), Duration.ofMinutes(30)},
          new Duration[] {Duration.ofDays(7), Duration.ofHours(3)},
          new Duration[] {Duration.ofDays(30), Duration.ofHours(12)});

  /** How long vectors are. */
  static final int VECTOR = 16;

  /** Functions whose memory has no fixed size, by what they are called in results. */
  static final Map<String, Supplier<FeatureBuilder>> FOLDS =
      Map.of(
          "COUNT_BY of 50 categories", () -> FeatureBuilder.countBy("shop", 50),
          "VECTOR_AVG of 16", () -> FeatureBuilder.vectorAvg("vector", VECTOR),
          "QUANTILE", () -> FeatureBuilder.quantile("a0", 0.9),
          "COUNT_DISTINCT of 50 values", () -> FeatureBuilder.countDistinct("shop", 1_000));

  private Views() {}

  /**
   * One sum over 1 h, or fives of count, sum, avg, min and max: over 1 h, 1 d, 7 d and 30 d of one
   * column, then of the next.
   */
  static ViewBuilder mixed(int features) {
    ViewBuilder view = ViewBuilder.named("card");
    if (features == 1) {
      return view.feature("sum", FeatureBuilder.sum("a0").over(MIXED.get(0)[0], MIXED.get(0)[1]));
    }
    for (int five = 0; five < features / 5; five++) {
      Duration[] window = MIXED.get(five % MIXED.size());
      String column = "a" + five / MIXED.size();
      addFive(view, "f" + five, column, feature -> feature.over(window[0], window[1]));
    }
    return view;
  }

  /** Count, sum, avg, min and max of one column over one window by tiles. */
  static ViewBuilder five(Duration length, Duration resolution) {
    ViewBuilder view = ViewBuilder.named("card");
    addFive(view, "f", "a0", feature -> feature.over(length, resolution));
    return view;
  }

  /** The least, the greatest and the first of a text over one window by tiles. */
  static ViewBuilder texts(Duration length, Duration resolution) {
    return ViewBuilder.named("card")
        .feature("min", FeatureBuilder.min("card").over(length, resolution))
        .feature("max", FeatureBuilder.max("card").over(length, resolution))
        .feature("first", FeatureBuilder.first("card").over(length, resolution));
  }

  /** One of {@link #FOLDS} over one window by tiles. */
  static ViewBuilder fold(String name, Duration length, Duration resolution) {
    FeatureBuilder feature = FOLDS.get(name).get();
    return ViewBuilder.named("card").feature("fold", feature.over(length, resolution));
  }

  /** Count, sum, avg, min and max of one column over a window exact to the event. */
  static ViewBuilder fiveExact(Duration length) {
    ViewBuilder view = ViewBuilder.named("card");
    addFive(view, "f", "a0", feature -> feature.over(length));
    return view;
  }

  private static void addFive(
      ViewBuilder view, String name, String column, UnaryOperator<FeatureBuilder> window) {
    Map<String, FeatureBuilder> five =
        Map.of(
            "count", FeatureBuilder.count(),
            "sum", FeatureBuilder.sum(column),
            "avg", FeatureBuilder.avg(column),
            "min", FeatureBuilder.min(column),
            "max", FeatureBuilder.max(column));
    five.forEach((word, feature) -> view.feature(name + "_" + word, window.apply(feature)));
  }
}
