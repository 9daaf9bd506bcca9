package io.millrace.feature.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.millrace.feature.expression.ExpressionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine against the oracle, on seeded streams with disorder, ties, duplicates and gaps. */
class ViewAggregatorTest {
  private static final RowSchema EVENTS =
      new RowSchema(
          "payment",
          List.of(
              Field.required("card", ValueType.STRING),
              Field.nullable("amount", ValueType.INT64),
              Field.nullable("rate", ValueType.FLOAT64),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("online", ValueType.BOOL)));
  private static final long START = 1_356_998_400_123L; // unaligned on purpose
  private static final List<WindowSpec> WINDOWS =
      List.of(
          WindowSpec.slidingExact(Duration.ofMinutes(10)),
          WindowSpec.slidingExact(Duration.ofHours(3)),
          WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5)),
          WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1)),
          WindowSpec.slidingByTiles(Duration.ofHours(5), Duration.ofHours(1)),
          WindowSpec.lifetime());

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldEqualTheOracleForEveryAggregationAndWindow(long seed) {
    Random random = new Random(seed);
    FeatureView view =
        everyFeature(random.nextBoolean() ? Optional.of(Duration.ofHours(8)) : Optional.empty());
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = randomEvents(random, 400);
    List<Event> added = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    long asOf = START - 1_000;
    int next = 0;
    while (next < events.size()) {
      // Within one instant of asking, events come in any order.
      long until = events.get(next).timeMs();
      List<Event> batch = new ArrayList<>();
      for (int i = random.nextInt(5); next < events.size() && i >= 0; i--) {
        until = events.get(next).timeMs();
        batch.add(events.get(next++));
      }
      while (next < events.size() && events.get(next).timeMs() == until) {
        batch.add(events.get(next++));
      }
      Collections.shuffle(batch, random);
      for (Event event : batch) {
        state =
            aggregator.add(
                state,
                event.timeMs(),
                event.position().order(),
                aggregator.contribution(event.values()));
        added.add(event);
      }
      long limit = next < events.size() ? events.get(next).timeMs() : until + 100_000_000;
      for (int i = 0; i < 3; i++) {
        asOf = Math.max(asOf, until + 1 + (long) (random.nextDouble() * (limit - until)));
        assertThat(
                differences(
                    view,
                    aggregator.rowSchema(),
                    aggregator.valuesAt(state, asOf),
                    NaiveAggregator.valuesAt(view, EVENTS, added, asOf)))
            .as("seed %d, after %d events, as of %d", seed, added.size(), asOf)
            .isEmpty();
        if (random.nextInt(4) == 0) {
          state = aggregator.expire(state, asOf);
        }
      }
    }
    assertThat(added).hasSize(events.size());
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void shouldNotDependOnTheOrderOfAdding(long seed) {
    Random random = new Random(seed);
    FeatureView view = everyFeature(Optional.empty());
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = randomEvents(random, 300);
    long asOf = events.get(events.size() - 1).timeMs() + 1 + random.nextInt(10_000_000);
    String first = null;
    for (int run = 0; run < 4; run++) {
      byte[] state = ViewAggregator.EMPTY;
      for (Event event : events) {
        state =
            aggregator.add(
                state,
                event.timeMs(),
                event.position().order(),
                aggregator.contribution(event.values()));
      }
      String values = aggregator.valuesAt(state, asOf).toString(aggregator.rowSchema());
      first = first == null ? values : first;
      assertThat(values).as("seed %d, run %d", seed, run).isEqualTo(first);
      Collections.shuffle(events, random);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33, 34})
  void shouldChangeAtExactlyTheInstantsThatItForetells(long seed) {
    Random random = new Random(seed);
    FeatureView view = everyFeature(Optional.empty());
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = randomEvents(random, 40);
    byte[] state = ViewAggregator.EMPTY;
    for (Event event : events) {
      state =
          aggregator.add(
              state,
              event.timeMs(),
              event.position().order(),
              aggregator.contribution(event.values()));
    }
    long asOf = events.get(events.size() - 1).timeMs() + 1;
    int steps = 0;
    while (true) {
      long next = aggregator.nextChangeAfter(state, asOf);
      Values now = NaiveAggregator.valuesAt(view, EVENTS, events, asOf);
      if (next == Long.MAX_VALUE) {
        assertThat(
                differences(
                    view,
                    aggregator.rowSchema(),
                    NaiveAggregator.valuesAt(view, EVENTS, events, asOf + 1_000_000_000L),
                    now))
            .isEmpty();
        break;
      }
      assertThat(next).isGreaterThan(asOf);
      assertThat(
              differences(
                  view,
                  aggregator.rowSchema(),
                  NaiveAggregator.valuesAt(view, EVENTS, events, next - 1),
                  now))
          .as("seed %d: nothing changes in (%d, %d)", seed, asOf, next)
          .isEmpty();
      assertThat(
              differences(
                  view,
                  aggregator.rowSchema(),
                  aggregator.valuesAt(state, next),
                  NaiveAggregator.valuesAt(view, EVENTS, events, next)))
          .as("seed %d at %d", seed, next)
          .isEmpty();
      state = aggregator.expire(state, next);
      asOf = next;
      steps++;
    }
    assertThat(steps).isGreaterThan(15);
  }

  @Test
  void shouldHoldTheEventAtTheWindowsStartAndNotTheOneAtItsEnd() {
    FeatureView view =
        view(feature("n", Aggregation.COUNT, "*", WindowSpec.slidingExact(Duration.ofMillis(100))));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    byte[] state = ViewAggregator.EMPTY;
    for (long at : new long[] {1_000, 1_100}) {
      state =
          aggregator.add(state, at, at, aggregator.contribution(event(1L, 1.0, at, 0).values()));
    }
    // [1000, 1100): the event at 1000 is in, the one at 1100 is not.
    assertThat(aggregator.valuesAt(state, 1_100).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 1_101).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 1_000).longAt(0)).isZero();
  }

  @Test
  void shouldRefuseToCutATileThatHoldsTheFuture() {
    FeatureView view =
        view(
            feature(
                "n",
                Aggregation.COUNT,
                "*",
                WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5))));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    byte[] state =
        aggregator.add(
            ViewAggregator.EMPTY,
            60_000,
            0,
            aggregator.contribution(event(1L, 1.0, 0, 0).values()));
    assertThatThrownBy(() -> aggregator.valuesAt(state, 30_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("card_v1 as of 1970-01-01T00:00:30Z would see the future")
        .hasMessageContaining("an event of 1970-01-01T00:01:00Z");
  }

  @Test
  void shouldNotWrapASumThatDoesNotFit() {
    FeatureView view =
        view(
            feature("s", Aggregation.SUM, "amount", WindowSpec.lifetime()),
            feature("a", Aggregation.AVG, "amount", WindowSpec.lifetime()));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 3; i++) {
      state =
          aggregator.add(
              state, i, i, aggregator.contribution(event(Long.MAX_VALUE, 1.0, i, 0).values()));
    }
    assertThat(aggregator.valuesAt(state, 10).isNull(0)).isTrue();
    assertThat(aggregator.valuesAt(state, 10).doubleAt(1)).isEqualTo((double) Long.MAX_VALUE);
    state =
        aggregator.add(
            state, 4, 4, aggregator.contribution(event(-Long.MAX_VALUE, 1.0, 4, 0).values()));
    state =
        aggregator.add(
            state, 5, 5, aggregator.contribution(event(-Long.MAX_VALUE, 1.0, 5, 0).values()));
    assertThat(aggregator.valuesAt(state, 10).longAt(0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldGiveTheDefaultsOfAKeyThatWasNeverSeen() {
    FeatureView view =
        view(
            feature("n", Aggregation.COUNT, "*", WindowSpec.lifetime()),
            feature("s", Aggregation.SUM, "amount", WindowSpec.lifetime()),
            new Feature(
                "d",
                Aggregation.AVG,
                "rate",
                Optional.empty(),
                WindowSpec.lifetime(),
                Optional.of("0.5"),
                ""));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    assertThat(aggregator.valuesAt(ViewAggregator.EMPTY, 0)).isEqualTo(Values.of(0, null, 0.5));
  }

  @Test
  void shouldRefuseAStateOfOtherFeaturesOrOfANewerVersion() {
    ViewAggregator one =
        ViewAggregator.of(
            view(feature("n", Aggregation.COUNT, "*", WindowSpec.lifetime())), EVENTS);
    ViewAggregator other =
        ViewAggregator.of(
            view(feature("s", Aggregation.SUM, "amount", WindowSpec.lifetime())), EVENTS);
    byte[] state =
        one.add(ViewAggregator.EMPTY, 1, 1, one.contribution(event(1L, 1.0, 1, 0).values()));
    assertThatThrownBy(() -> other.valuesAt(state, 10))
        .hasMessageEndingWith(
            "it belongs to another view, or the view's inputs, filters or windows changed; give the"
                + " changed view a new version and backfill it");
    byte[] newer = state.clone();
    newer[0] = 2;
    assertThatThrownBy(() -> one.valuesAt(newer, 10))
        .hasMessage(
            "this state of card_v1 has version 2, but this release reads version 1 only; run the"
                + " release that wrote it");
  }

  @Test
  void theStateHasTheBytesThatItsPictureSays() {
    ViewAggregator aggregator =
        ViewAggregator.of(
            view(
                feature(
                    "s", Aggregation.SUM, "amount", WindowSpec.slidingExact(Duration.ofHours(1)))),
            EVENTS);
    byte[] state =
        aggregator.add(
            ViewAggregator.EMPTY,
            0x0102030405L,
            7,
            aggregator.contribution(event(-2L, 1.0, 1, 0).values()));
    aggregator.countRow(state);
    String hex = HexFormat.of().formatHex(state);
    assertThat(hex.substring(0, 8)).isEqualTo("01000000"); // version
    assertThat(hex.substring(16)) // after the fingerprint
        .isEqualTo(
            "0504030201000000" // last event
                + "0000000000000080" // never expired
                + "0100000000000000" // rows made
                + "00000000" // bytes of texts
                + "01000000" // tiles
                + "01000000" // capacity
                + "0504030201000000" // start of the only tile
                + "0100000000000000" // count
                + "feffffffffffffffffffffffffffffff"); // sum, 128 bits
  }

  @Test
  void shouldSayWhichAggregationDoesNotTakeWhichType() {
    assertThatThrownBy(
            () ->
                ViewAggregator.of(
                    view(feature("s", Aggregation.SUM, "card", WindowSpec.lifetime())), EVENTS))
        .isInstanceOf(ExpressionException.class)
        .hasMessage("sum does not take card, which is STRING");
  }

  /** The features whose values differ, with both. */
  private static List<String> differences(
      FeatureView view, RowSchema schema, Values actual, Values expected) {
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      Object is = actual.boxedAt(i, schema.field(i).type());
      Object should = expected.boxedAt(i, schema.field(i).type());
      if (!java.util.Objects.equals(is, should)) {
        differences.add(view.features().get(i) + " is " + is + " but should be " + should);
      }
    }
    return differences;
  }

  private static FeatureView everyFeature(Optional<Duration> ttl) {
    List<Feature> features = new ArrayList<>();
    int i = 0;
    for (WindowSpec window : WINDOWS) {
      for (Aggregation aggregation : Aggregation.values()) {
        for (String input : List.of("amount", "rate", "amount * 2", "at")) {
          if (input.equals("at")
              && (aggregation == Aggregation.SUM || aggregation == Aggregation.AVG)) {
            continue;
          }
          features.add(
              new Feature(
                  "f" + i++,
                  aggregation,
                  input,
                  i % 3 == 0 ? Optional.of("amount > 10 || online") : Optional.empty(),
                  window,
                  i % 7 == 0 && aggregation != Aggregation.COUNT
                      ? Optional.of("7")
                      : Optional.empty(),
                  ""));
        }
      }
      features.add(feature("f" + i++, Aggregation.COUNT, "*", window));
    }
    return new FeatureView("card", 1, Entity.of("card"), "payments", ttl, features);
  }

  private static List<Event> randomEvents(Random random, int count) {
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
      Long amount =
          random.nextInt(8) == 0
              ? null
              : random.nextInt(30) == 0 ? random.nextLong() : (long) random.nextInt(100) - 50;
      Double rate =
          switch (random.nextInt(40)) {
            case 0 -> Double.NaN;
            case 1 -> Double.POSITIVE_INFINITY;
            case 2 -> Double.NEGATIVE_INFINITY;
            case 3 -> -0.0;
            case 4 -> 0.0;
            case 5, 6 -> null;
            case 7 -> 1e300 * random.nextGaussian();
            case 8 -> 1e-3 * random.nextGaussian();
            default -> random.nextGaussian() * 1e6;
          };
      Event event = event(amount, rate, at, i);
      events.add(event);
      if (random.nextInt(15) == 0) {
        events.add(new Event("payments", at, new Position("payments", 1, i), event.values()));
      }
    }
    return events;
  }

  private static Event event(Long amount, Double rate, long atMs, long offset) {
    return new Event(
        "payments",
        atMs,
        new Position("payments", 0, offset),
        Values.of("a", amount, rate, java.time.Instant.ofEpochMilli(atMs), offset % 3 == 0));
  }

  private static Feature feature(
      String name, Aggregation aggregation, String input, WindowSpec window) {
    return new Feature(name, aggregation, input, Optional.empty(), window, Optional.empty(), "");
  }

  private static FeatureView view(Feature... features) {
    return new FeatureView(
        "card", 1, Entity.of("card"), "payments", Optional.empty(), List.of(features));
  }
}
