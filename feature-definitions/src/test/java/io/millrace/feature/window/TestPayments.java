package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
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
              Field.nullable("shop", ValueType.STRING)));

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

  private static final List<String> SHOPS =
      List.of(
          "", "a", "bakery", "Bäckerei", "\uFB01sh", "\uD83D\uDC1F", "a rather long name of one");

  private TestPayments() {}

  /**
   * Every aggregation of every type it takes over the windows; some filtered, some with defaults.
   */
  static FeatureView everyFeature(List<WindowSpec> windows, Optional<Duration> ttl) {
    List<Feature> features = new ArrayList<>();
    for (WindowSpec window : windows) {
      for (Aggregation aggregation : Aggregation.values()) {
        boolean sums = aggregation == Aggregation.SUM || aggregation == Aggregation.AVG;
        for (String input : List.of("amount", "rate", "amount * 2", "at", "online", "shop")) {
          if (!sums || input.startsWith("amount") || input.equals("rate")) {
            int i = features.size();
            boolean isNumber = input.startsWith("amount") || input.equals("rate");
            features.add(
                new Feature(
                    "f" + i,
                    aggregation,
                    input,
                    i % 3 == 0 ? Optional.of("amount > 10 || online") : Optional.empty(),
                    window,
                    i % 7 == 0 && isNumber ? Optional.of("7") : Optional.empty(),
                    ""));
          }
        }
      }
      features.add(feature("f" + features.size(), Aggregation.COUNT, "*", window));
    }
    return new FeatureView("card", 1, Entity.of("card"), "payments", ttl, features);
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
        Values.of("a", amount, rate, Instant.ofEpochMilli(atMs), online, shop));
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
      if (!Objects.equals(is, should)) {
        differences.add(
            aggregator.view().features().get(i) + " is " + is + " but should be " + should);
      }
    }
    return differences;
  }
}
