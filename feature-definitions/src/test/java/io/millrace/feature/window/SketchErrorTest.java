package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Beyond what they keep exactly, sketches err no more than their papers say; over many tiles. */
class SketchErrorTest {
  private static final WindowSpec DAY =
      WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1));
  private static final AggregationParameters NONE = AggregationParameters.NONE;

  private static Feature feature(
      Aggregation aggregation, String input, AggregationParameters parameters) {
    return new Feature(
        aggregation.word(),
        aggregation,
        input,
        parameters,
        Optional.empty(),
        DAY,
        Optional.empty(),
        "");
  }

  /** 20 hours of events, one each few milliseconds. */
  private static Values valuesOf(Feature feature, List<Values> events) {
    ViewAggregator aggregator = ViewAggregator.of(view(feature), EVENTS);
    long stepMs = Duration.ofHours(20).toMillis() / events.size();
    long startMs = Duration.ofDays(100).toMillis();
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < events.size(); i++) {
      long atMs = startMs + i * stepMs;
      long order = new Position("payments", 0, i).order();
      state = aggregator.add(state, atMs, order, aggregator.contribution(events.get(i)));
    }
    return aggregator.valuesAt(state, startMs + Duration.ofHours(20).toMillis());
  }

  private static Values event(Long amount, Double rate, String shop) {
    return Values.of("a", amount, rate, Instant.EPOCH, true, shop, null);
  }

  @Test
  void shouldCountDistinctWithinThreeStandardErrorsOfCpc() {
    List<Values> events = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      events.add(event((long) (i % 9_000), 0.0, ""));
    }
    Values value = valuesOf(feature(Aggregation.COUNT_DISTINCT, "amount", NONE.withK(256)), events);
    // 0.589 / sqrt(2^11) after merging by ICON is 0.693 / sqrt(2^11).
    double standardError = 0.693 / Math.sqrt(1 << 11);
    assertThat((double) value.longAt(0))
        .isBetween(9_000 * (1 - 3 * standardError), 9_000 * (1 + 3 * standardError));
  }

  @Test
  void shouldPlaceQuantilesWithinTheRankErrorOfKll() {
    Random random = new Random(7);
    List<Values> events = new ArrayList<>();
    double[] sorted = new double[20_000];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = random.nextGaussian();
      events.add(event(0L, sorted[i], ""));
    }
    Arrays.sort(sorted);
    List<Double> ranks = List.of(0.01, 0.25, 0.5, 0.75, 0.99);
    Values value = valuesOf(feature(Aggregation.QUANTILES, "rate", NONE.withAt(ranks)), events);
    List<?> quantiles = (List<?>) value.objectAt(0);
    for (int i = 0; i < ranks.size(); i++) {
      int at = Arrays.binarySearch(sorted, (Double) quantiles.get(i));
      // 1.33 % for one rank with 99 % confidence; 1.65 % for all at once.
      assertThat((double) at / sorted.length)
          .as("rank of the quantile at %s", ranks.get(i))
          .isBetween(ranks.get(i) - 0.0165, ranks.get(i) + 0.0165);
    }
  }

  @Test
  void shouldNameTheItemsThatAreTrulyFrequent() {
    Random random = new Random(11);
    List<Values> events = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      int pick = random.nextInt(100);
      String shop =
          pick < 20
              ? "first"
              : pick < 35 ? "second" : pick < 45 ? "third" : "s" + random.nextInt(3_000);
      events.add(event(0L, 0.0, shop));
    }
    Values value = valuesOf(feature(Aggregation.FREQUENT_ITEMS, "shop", NONE.withK(3)), events);
    assertThat(value.objectAt(0)).isEqualTo(List.of("first", "second", "third"));
  }

  @Test
  void shouldKeepTheCategoriesOfATileApartUpToABoundAndTheRestTogether() {
    List<Values> events = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      events.add(event(0L, 0.0, "s" + i % 1_500));
    }
    WindowSpec all = WindowSpec.lifetime();
    Feature feature =
        new Feature(
            "by",
            Aggregation.COUNT_BY,
            "shop",
            NONE.withK(2),
            Optional.empty(),
            all,
            Optional.empty(),
            "");
    assertThat(valuesOf(feature, events).objectAt(0).toString()).isEqualTo("{*=1000.0, s0=2.0}");
  }
}
