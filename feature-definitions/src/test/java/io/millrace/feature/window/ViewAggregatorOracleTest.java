package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.EXACT;
import static io.millrace.feature.window.TestPayments.OTHER_WINDOWS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.WINDOWS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static io.millrace.feature.window.TestPayments.stateOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine against the oracle, on seeded streams with disorder, ties, duplicates and gaps. */
class ViewAggregatorOracleTest {
  private static final List<Optional<Duration>> TTLS =
      List.of(Optional.empty(), Optional.of(Duration.ofHours(8)), Optional.of(Duration.ofDays(9)));

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void shouldEqualTheOracleWhateverComesLateAndIsExpired(long seed) {
    Random random = new Random(seed);
    FeatureView view = everyFeature(someWindows(seed), TTLS.get(random.nextInt(TTLS.size())));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    // Fewer than a quantile sketch keeps one by one.
    List<Event> events = randomEvents(random, 170);
    List<Event> added = new ArrayList<>();
    List<Event> heldBack = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    long lastMs = Long.MIN_VALUE;
    long asOfMs = START - 1_000;
    int expired = 0;
    for (int next = 0; next < events.size(); ) {
      // A few events, some of them kept for later, some of those kept before.
      List<Event> batch = new ArrayList<>();
      for (int i = random.nextInt(5); next < events.size() && i >= 0; i--) {
        (random.nextInt(6) == 0 ? heldBack : batch).add(events.get(next++));
      }
      Collections.shuffle(heldBack, random);
      while (!heldBack.isEmpty() && (next == events.size() || random.nextInt(8) == 0)) {
        batch.add(heldBack.remove(0));
      }
      Collections.shuffle(batch, random);
      for (Event event : batch) {
        state = add(aggregator, state, event);
        added.add(event);
        lastMs = Math.max(lastMs, event.timeMs());
      }
      // Asked at instants that go on, each later than every event.
      for (int i = 0; i < 3 && !added.isEmpty(); i++) {
        asOfMs = Math.max(asOfMs, lastMs + 1) + (i == 0 ? 0 : random.nextInt(1 << (5 * i + 15)));
        Values expected = NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs);
        String situation =
            "seed %d, after %d events, %d times expired, as of %d"
                .formatted(seed, added.size(), expired, asOfMs);
        assertThat(differences(aggregator, aggregator.valuesAt(state, asOfMs), expected))
            .as(situation)
            .isEmpty();
        if (random.nextInt(4) == 0) {
          state = aggregator.expire(state, asOfMs);
          expired++;
          assertThat(differences(aggregator, aggregator.valuesAt(state, asOfMs), expected))
              .as(situation + " and expired")
              .isEmpty();
        }
      }
    }
    assertThat(added).as("seed %d", seed).hasSameSizeAs(events);
    long end = asOfMs + Duration.ofDays(3).toMillis();
    byte[] rest = aggregator.expire(state, end);
    assertThat(
            differences(
                aggregator,
                aggregator.valuesAt(rest, end),
                NaiveAggregator.valuesAt(view, EVENTS, added, end)))
        .as("seed %d at the end", seed)
        .isEmpty();
  }

  /** Three at a time, so that four seeds see each once or more. */
  private static List<WindowSpec> someWindows(long seed) {
    List<WindowSpec> all = allWindows();
    Collections.rotate(all, (int) (-3 * seed));
    return all.subList(0, 3);
  }

  private static List<WindowSpec> allWindows() {
    List<WindowSpec> all = new ArrayList<>(WINDOWS);
    all.addAll(OTHER_WINDOWS);
    return all;
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void shouldNotDependOnTheOrderOfAdding(long seed) {
    Random random = new Random(seed);
    ViewAggregator aggregator =
        ViewAggregator.of(everyFeature(allWindows(), Optional.empty()), EVENTS);
    List<Event> events = randomEvents(random, 170);
    long asOfMs = events.get(events.size() - 1).timeMs() + 1 + random.nextInt(10_000_000);
    Values first = aggregator.valuesAt(stateOf(aggregator, events), asOfMs);
    for (int run = 0; run < 4; run++) {
      Collections.shuffle(events, random);
      assertThat(
              differences(
                  aggregator, aggregator.valuesAt(stateOf(aggregator, events), asOfMs), first))
          .as("seed %d, shuffle %d", seed, run)
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33, 34})
  void shouldAnswerThePastOfAnExactView(long seed) {
    Random random = new Random(seed);
    // The second ttl is shorter than the longest window.
    for (Duration ttl : List.of(Duration.ofHours(3), Duration.ofMinutes(90))) {
      FeatureView view = everyFeature(EXACT, Optional.of(ttl));
      ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
      List<Event> events = randomEvents(random, 200);
      byte[] state = stateOf(aggregator, events);
      int answered = 0;
      for (int i = 0; i < 150; i++) {
        long asOfMs = events.get(random.nextInt(events.size())).timeMs() + random.nextInt(3) - 1;
        Values actual;
        try {
          actual = aggregator.valuesAt(state, asOfMs);
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining("depend on its ttl");
          assertThat(ttl).isEqualTo(Duration.ofMinutes(90));
          continue;
        }
        answered++;
        assertThat(
                differences(
                    aggregator, actual, NaiveAggregator.valuesAt(view, EVENTS, events, asOfMs)))
            .as("seed %d, ttl %s, as of %d", seed, ttl, asOfMs)
            .isEmpty();
      }
      assertThat(answered).as("seed %d, ttl %s", seed, ttl).isGreaterThan(100);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43, 44, 45, 46})
  void shouldForetellEveryInstantAtWhichAValueChanges(long seed) {
    Random random = new Random(seed);
    FeatureView view =
        TestPayments.steady(everyFeature(allWindows(), TTLS.get((int) (seed % TTLS.size()))));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = randomEvents(random, 40);
    byte[] state = stateOf(aggregator, events);
    long asOfMs = events.get(events.size() - 1).timeMs() + 1;
    Values now = NaiveAggregator.valuesAt(view, EVENTS, events, asOfMs);
    int steps = 0;
    int changes = 0;
    long next = aggregator.nextChangeAfter(state, asOfMs);
    while (next != Long.MAX_VALUE) {
      String situation = "seed %d, as of %d, next %d".formatted(seed, asOfMs, next);
      assertThat(next).as(situation).isGreaterThan(asOfMs);
      assertThat(
              differences(
                  aggregator, NaiveAggregator.valuesAt(view, EVENTS, events, next - 1), now))
          .as(situation + ": nothing changes before")
          .isEmpty();
      for (long atMs = next - 1; atMs <= next + 1; atMs++) {
        assertThat(
                differences(
                    aggregator,
                    aggregator.valuesAt(state, atMs),
                    NaiveAggregator.valuesAt(view, EVENTS, events, atMs)))
            .as(situation + ", at " + atMs)
            .isEmpty();
      }
      Values then = NaiveAggregator.valuesAt(view, EVENTS, events, next);
      changes += differences(aggregator, then, now).isEmpty() ? 0 : 1;
      steps++;
      now = then;
      asOfMs = next;
      // Walked with and without forgetting.
      state = seed % 2 == 0 ? aggregator.expire(state, next) : state;
      next = aggregator.nextChangeAfter(state, asOfMs);
    }
    long later = asOfMs + Duration.ofDays(30).toMillis();
    assertThat(differences(aggregator, NaiveAggregator.valuesAt(view, EVENTS, events, later), now))
        .as("seed %d: nothing changes after the last instant %d", seed, asOfMs)
        .isEmpty();
    assertThat(steps).as("seed %d", seed).isGreaterThan(10);
    assertThat(changes)
        .as("seed %d: most of %d instants are true", seed, steps)
        .isGreaterThan(steps * 9 / 10);
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53})
  void shouldNotMissAChangeBehindManyTilesThatHoldNothing(long seed) {
    // One event in 400 passes the filter: the search for it gives up on the way, and goes on.
    Random random = new Random(seed);
    FeatureView view =
        TestPayments.view(
            new Feature(
                "rare",
                Aggregation.COUNT,
                "*",
                Optional.of("amount == 1"),
                EXACT.get(1),
                Optional.empty(),
                ""),
            TestPayments.feature("last", Aggregation.LAST, "amount", EXACT.get(1)),
            TestPayments.feature("all", Aggregation.COUNT, "*", EXACT.get(0)));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = new ArrayList<>();
    int rare = random.nextInt(400);
    for (int i = 0; i < 400; i++) {
      events.add(TestPayments.event(START + i * 7L, i == rare ? Long.valueOf(1) : null));
    }
    byte[] state = stateOf(aggregator, events);
    long asOfMs = START + 400 * 7;
    long leaves = START + rare * 7L + 1 + EXACT.get(1).lengthMs();
    boolean seen = false;
    for (long next = asOfMs; next != Long.MAX_VALUE; ) {
      Values now = aggregator.valuesAt(state, next);
      assertThat(now.longAt(0)).as("seed %d at %d", seed, next).isEqualTo(next < leaves ? 1 : 0);
      assertThat(now.isNull(1)).as("seed %d at %d", seed, next).isEqualTo(next >= leaves);
      seen |= next == leaves;
      next = aggregator.nextChangeAfter(state, next);
    }
    assertThat(seen).as("seed %d reports %d", seed, leaves).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {61, 62, 63, 64})
  void shouldSumDoublesOfAllSizesToTheLastBit(long seed) {
    // A sum of 1e300 and 1e-300 has more than 106 bits; what is cut may turn a tie.
    Random random = new Random(seed);
    ViewAggregator aggregator =
        ViewAggregator.of(
            TestPayments.view(
                TestPayments.feature("sum", Aggregation.SUM, "rate", EXACT.get(1)),
                TestPayments.feature("mean", Aggregation.AVG, "rate", EXACT.get(0))),
            EVENTS);
    List<Event> events = new ArrayList<>();
    for (Event event : randomEvents(random, 300)) {
      double rate = Math.scalb(random.nextGaussian(), random.nextInt(2000) - 1060);
      events.add(TestPayments.event(event.timeMs(), event.position(), 1L, rate, true, "a"));
    }
    byte[] state = stateOf(aggregator, events);
    for (Event event : events) {
      long asOfMs = event.timeMs() + 1;
      Values actual = aggregator.valuesAt(state, asOfMs);
      Values expected = NaiveAggregator.valuesAt(aggregator.view(), EVENTS, events, asOfMs);
      for (int i = 0; i < 2; i++) {
        assertThat(actual.doubleAt(i))
            .as("seed %d, value %d as of %d", seed, i, asOfMs)
            .isCloseTo(expected.doubleAt(i), within(Math.ulp(expected.doubleAt(i))));
      }
    }
  }

  /** Functions that nodes sum up, over windows with more tiles than a node of three levels. */
  private static FeatureView summedFeatures() {
    List<Feature> features = new ArrayList<>();
    for (WindowSpec window :
        List.of(
            WindowSpec.slidingExact(Duration.ofMinutes(3)),
            WindowSpec.slidingExact(Duration.ofMinutes(30)),
            WindowSpec.slidingExact(Duration.ofMinutes(10)).delayedBy(Duration.ofMinutes(1)),
            WindowSpec.slidingByTiles(Duration.ofMinutes(20), Duration.ofSeconds(1)))) {
      for (Feature feature : everyFeature(List.of(window), Optional.empty()).features()) {
        boolean isSummed =
            switch (feature.aggregation()) {
              case COUNT, SUM, AVG, MIN, MAX, FIRST, LAST -> true;
              case VAR_POP, HISTOGRAM, TIME_BETWEEN, CHANGE, DECAYED_COUNT -> true;
              default -> false;
            };
        if (isSummed) {
          features.add(
              new Feature(
                  "f" + features.size(),
                  feature.aggregation(),
                  feature.input(),
                  feature.parameters(),
                  feature.where(),
                  feature.window(),
                  feature.defaultValue(),
                  ""));
        }
      }
    }
    return TestPayments.view(features.toArray(Feature[]::new));
  }

  @ParameterizedTest
  @ValueSource(longs = {71, 72, 73, 74})
  void shouldEqualTheOracleWhereNodesStandForManyTiles(long seed) {
    Random random = new Random(seed);
    FeatureView view = summedFeatures();
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> events = new ArrayList<>();
    for (Event event : randomEvents(random, 2_200)) {
      // Closer together than they come: some 1,500 in half an hour.
      long atMs = START + events.size() * 1_000L + random.nextInt(900);
      events.add(new Event("payments", atMs, event.position(), event.values()));
    }
    byte[] state = ViewAggregator.EMPTY;
    List<Event> added = new ArrayList<>();
    List<Event> late = new ArrayList<>();
    int asked = 0;
    for (Event event : events) {
      if (random.nextInt(20) == 0) {
        late.add(event);
        continue;
      }
      state = add(aggregator, state, event);
      added.add(event);
      long asOfMs = event.timeMs() + 1;
      if (late.size() > 30) {
        for (Event one : late) {
          state = add(aggregator, state, one);
          added.add(one);
          asOfMs = Math.max(asOfMs, one.timeMs() + 1);
        }
        late.clear();
      }
      if (random.nextInt(4) == 0) {
        state = aggregator.expire(state, asOfMs);
      }
      if (random.nextInt(60) == 0) {
        asked++;
        assertThat(
                differences(
                    aggregator,
                    aggregator.valuesAt(state, asOfMs),
                    NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs)))
            .as("seed %d, after %d events, as of %d", seed, added.size(), asOfMs)
            .isEmpty();
      }
    }
    assertThat(asked).as("seed %d", seed).isGreaterThan(10);
  }
}
