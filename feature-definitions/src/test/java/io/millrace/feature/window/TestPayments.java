package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Entity;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/** Payments of one card: every type of column, every kind of window, and events at random. */
final class TestPayments {
  static final RowSchema EVENTS =
      new RowSchema(
          "payment",
          List.of(
              Field.required("card", ValueType.STRING),
              Field.nullable("amount", ValueType.INT64),
              Field.nullable("rate", ValueType.FLOAT64),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("online", ValueType.BOOL),
              Field.nullable("shop", ValueType.STRING),
              Field.nullable("vector", ValueType.FLOAT64_LIST)));

  static final long START = 1_356_998_400_123L; // unaligned on purpose

  static final List<WindowSpec> EXACT =
      List.of(
          WindowSpec.slidingExact(Duration.ofMinutes(10)),
          WindowSpec.slidingExact(Duration.ofHours(3)));

  static final List<WindowSpec> WINDOWS =
      List.of(
          EXACT.get(0),
          EXACT.get(1),
          WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5)),
          WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1)),
          WindowSpec.slidingByTiles(Duration.ofHours(5), Duration.ofHours(1)),
          WindowSpec.lifetime());

  /** Those that end elsewhere than with the newest event, or begin where the events tell. */
  static final List<WindowSpec> OTHER_WINDOWS =
      List.of(
          WindowSpec.slidingExact(Duration.ofMinutes(10)).delayedBy(Duration.ofMinutes(7)),
          WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5))
              .delayedBy(Duration.ofMinutes(10)),
          WindowSpec.tumbling(Duration.ofHours(1)),
          WindowSpec.tumbling(Duration.ofMinutes(20)).delayedBy(Duration.ofMinutes(5)),
          WindowSpec.session(Duration.ofMinutes(5)),
          WindowSpec.lastRows(1),
          WindowSpec.lastRows(7),
          WindowSpec.lastRowsWithin(4, Duration.ofMinutes(30)));

  private static final List<String> SHOPS =
      List.of(
          "", "a", "bakery", "Bäckerei", "\uFB01sh", "\uD83D\uDC1F", "a rather long name of one");

  private TestPayments() {}

  private static final List<String> NUMBERS = List.of("amount", "rate", "amount * 2");
  private static final List<String> SCALARS =
      List.of("amount", "rate", "amount * 2", "at", "online", "shop");

  private static final AggregationParameters NONE = AggregationParameters.NONE;

  private static List<String> inputsOf(Aggregation aggregation) {
    return switch (aggregation) {
      case COUNT -> List.of("*", "amount", "rate", "shop");
      case SUM,
          AVG,
          VAR_POP,
          VAR_SAMP,
          STDDEV_POP,
          STDDEV_SAMP,
          SKEWNESS,
          KURTOSIS,
          QUANTILE,
          QUANTILES,
          HISTOGRAM,
          CHANGE,
          SUM_BY,
          AVG_BY ->
          NUMBERS;
      // Of greater numbers, cancellation would leave nothing to compare.
      case DECAYED_SUM -> List.of("amount % 100", "rate");
      case MIN, MAX, FIRST, LAST, COUNT_DISTINCT, IS_NEW -> SCALARS;
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K -> List.of("amount", "rate", "at", "shop");
      case FREQUENT_ITEMS, COUNT_BY -> List.of("shop", "amount % 7", "online");
      case TIME_SINCE_LAST, TIME_BETWEEN, DECAYED_COUNT -> List.of("*", "shop");
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> List.of("vector");
      case RATIO -> List.of();
    };
  }

  private static AggregationParameters parametersOf(Aggregation aggregation, int i) {
    return switch (aggregation) {
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K, FREQUENT_ITEMS, COUNT_BY -> NONE.withK(1 + i % 5);
      case COUNT_DISTINCT -> NONE.withK(1_000);
      case QUANTILE -> NONE.withAt(List.of(0.9));
      case QUANTILES -> NONE.withAt(List.of(0.0, 0.25, 0.5, 1.0));
      case HISTOGRAM -> NONE.withBounds(List.of(-10.0, 0.0, 0.5, 1e6));
      case SUM_BY, AVG_BY -> NONE.withK(1 + i % 5).withBy(i % 2 == 0 ? "shop" : "online");
      case DECAYED_SUM, DECAYED_COUNT -> NONE.withHalfLife(Duration.ofMinutes(20));
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> NONE.withK(3);
      default -> NONE;
    };
  }

  /**
   * Every aggregation of every type it takes over the windows; some filtered, some with defaults.
   */
  static FeatureView everyFeature(List<WindowSpec> windows, Optional<Duration> ttl) {
    List<Feature> features = new ArrayList<>();
    for (WindowSpec window : windows) {
      int first = features.size();
      for (Aggregation aggregation : Aggregation.values()) {
        for (String input : inputsOf(aggregation)) {
          int i = features.size();
          boolean isNumber = NUMBERS.contains(input) && isScalarOfNumber(aggregation);
          features.add(
              new Feature(
                  "f" + i,
                  aggregation,
                  input,
                  parametersOf(aggregation, i),
                  i % 3 == 0 ? Optional.of("amount > 10 || online") : Optional.empty(),
                  window,
                  i % 7 == 0 && isNumber ? Optional.of("7") : Optional.empty(),
                  ""));
        }
      }
      // The first are counts and sums.
      features.add(ratio("f" + features.size(), "f" + (first + 4), "f" + first));
      features.add(ratio("f" + features.size(), "f" + (first + 1), "f" + (first + 5)));
    }
    return new FeatureView("card", 1, Entity.of("card"), "payments", ttl, features);
  }

  private static Feature ratio(String name, String dividend, String divisor) {
    return new Feature(
        name,
        Aggregation.RATIO,
        dividend,
        NONE.withOver(divisor),
        Optional.empty(),
        WindowSpec.lifetime(),
        Optional.empty(),
        "");
  }

  private static boolean isScalarOfNumber(Aggregation aggregation) {
    return switch (aggregation) {
      case SUM, AVG, MIN, MAX, FIRST, LAST, VAR_POP, QUANTILE, CHANGE -> true;
      default -> false;
    };
  }

  /** The view without what changes at every instant. */
  static FeatureView steady(FeatureView view) {
    return new FeatureView(
        view.name(),
        view.version(),
        view.entity(),
        view.source(),
        view.ttl(),
        view.features().stream().filter(f -> !isRestless(f.aggregation())).toList());
  }

  private static boolean isRestless(Aggregation aggregation) {
    return switch (aggregation) {
      case TIME_SINCE_LAST, DECAYED_SUM, DECAYED_COUNT -> true;
      default -> false;
    };
  }

  static Feature feature(String name, Aggregation aggregation, String input, WindowSpec window) {
    return new Feature(name, aggregation, input, Optional.empty(), window, Optional.empty(), "");
  }

  static FeatureView view(Feature... features) {
    return new FeatureView(
        "card", 1, Entity.of("card"), "payments", Optional.empty(), List.of(features));
  }

  /** Events in order of time, with ties, duplicates, gaps, nulls and unusual numbers. */
  static List<Event> randomEvents(Random random, int count) {
    List<Event> events = new ArrayList<>();
    long at = START;
    for (int i = 0; i < count; i++) {
      int step = random.nextInt(100);
      at +=
          step < 25
              ? 0
              : step < 60
                  ? random.nextInt(1_000)
                  : step < 95 ? random.nextInt(600_000) : random.nextInt(30_000_000);
      // Of one instant, the partitions do not come in order.
      Event event =
          event(
              at,
              new Position("payments", random.nextInt(0x10000), i),
              amount(random),
              rate(random),
              random.nextInt(6) == 0 ? null : random.nextBoolean(),
              random.nextInt(6) == 0 ? null : SHOPS.get(random.nextInt(SHOPS.size())));
      events.add(event);
      if (random.nextInt(15) == 0) {
        events.add(new Event("payments", at, new Position("payments", 1, i), event.values()));
      }
    }
    return events;
  }

  private static Long amount(Random random) {
    return switch (random.nextInt(30)) {
      case 0 -> random.nextLong();
      case 1 -> Long.MAX_VALUE;
      case 2 -> Long.MIN_VALUE;
      case 3, 4, 5 -> null;
      default -> (long) random.nextInt(100) - 50;
    };
  }

  private static Double rate(Random random) {
    return switch (random.nextInt(40)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> Double.NEGATIVE_INFINITY;
      case 3 -> -0.0;
      case 4 -> 0.0;
      case 5, 6 -> null;
      case 7, 8 -> 1e-3 * random.nextGaussian();
      default -> random.nextGaussian() * 1e6;
    };
  }

  static Event event(
      long atMs, Position position, Long amount, Double rate, Boolean online, String shop) {
    return new Event(
        "payments",
        atMs,
        position,
        Values.of(
            "a", amount, rate, Instant.ofEpochMilli(atMs), online, shop, vector(amount, rate)));
  }

  /** Three numbers, seldom two, or null. */
  private static List<Double> vector(Long amount, Double rate) {
    if (amount == null || rate == null) {
      return null;
    }
    return amount % 7 == 0
        ? List.of(rate, 1.0)
        : List.of(rate, (double) (amount % 1_000), -0.25 * amount.intValue());
  }

  /** An event of which only the time and the amount matter. */
  static Event event(long atMs, Long amount) {
    return event(atMs, new Position("payments", 0, 0), amount, 1.0, true, "a");
  }

  static byte[] add(ViewAggregator aggregator, byte[] state, Event event) {
    return aggregator.add(
        state, event.timeMs(), event.position().order(), aggregator.contribution(event.values()));
  }

  static byte[] stateOf(ViewAggregator aggregator, List<Event> events) {
    byte[] state = ViewAggregator.EMPTY;
    for (Event event : events) {
      state = add(aggregator, state, event);
    }
    return state;
  }

  /** The features whose values differ, with both. */
  static List<String> differences(ViewAggregator aggregator, Values actual, Values expected) {
    List<String> differences = new ArrayList<>();
    RowSchema schema = aggregator.rowSchema();
    for (int i = 0; i < schema.size(); i++) {
      Object is = actual.boxedAt(i, schema.field(i).type());
      Object should = expected.boxedAt(i, schema.field(i).type());
      if (!isEqual(is, should, aggregator.view().features().get(i).aggregation())) {
        differences.add(
            aggregator.view().features().get(i) + " is " + is + " but should be " + should);
      }
    }
    return differences;
  }

  private static boolean isEqual(Object is, Object should, Aggregation aggregation) {
    double tolerance =
        switch (aggregation) {
          case VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP, DECAYED_SUM, DECAYED_COUNT -> 1e-9;
          case SKEWNESS, KURTOSIS -> 1e-7;
          default -> 0;
        };
    return tolerance > 0 && is instanceof Double a && should instanceof Double b
        ? Objects.equals(a, b)
            || Math.abs(a - b) <= tolerance * Math.max(tolerance > 1e-8 ? 1 : 1e-9, Math.abs(b))
        : Objects.equals(is, should);
  }
}
