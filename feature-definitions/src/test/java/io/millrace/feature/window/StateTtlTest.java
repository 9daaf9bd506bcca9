package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that are forgotten after some time without an event, against the oracle. */
class StateTtlTest {
  private static final Duration FORGOTTEN = Duration.ofHours(1);
  private static final List<WindowSpec> WINDOWS =
      List.of(
          WindowSpec.lifetime(),
          WindowSpec.lastRows(3),
          WindowSpec.session(Duration.ofMinutes(30)),
          WindowSpec.slidingByTiles(Duration.ofMinutes(30), Duration.ofMinutes(10)));

  @ParameterizedTest
  @ValueSource(longs = {51, 52})
  void shouldBeginAnewAfterATimeWithoutEvents(long seed) {
    Random random = new Random(seed);
    Optional<Duration> ttl = seed % 2 == 0 ? Optional.of(Duration.ofMinutes(45)) : Optional.empty();
    FeatureView view = everyFeature(WINDOWS, ttl).forgettingAfter(FORGOTTEN);
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Event> added = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    int forgotten = 0;
    List<Event> events = randomEvents(random, 40);
    for (int i = 0; i < events.size(); i++) {
      Event event = later(events.get(i), i / 20 * FORGOTTEN.toMillis());
      long lastMs = aggregator.lastEventMs(state);
      if (lastMs != Long.MIN_VALUE && event.timeMs() - lastMs >= FORGOTTEN.toMillis()) {
        forgotten++;
      }
      state = add(aggregator, state, event);
      added.add(event);
      long asOfMs = event.timeMs() + 1 + (i % 4 == 0 ? random.nextInt(6_000_000) : 0);
      assertThat(
              differences(
                  aggregator,
                  aggregator.valuesAt(state, asOfMs),
                  NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs)))
          .as("seed %d, %d events, as of %d", seed, added.size(), asOfMs)
          .isEmpty();
    }
    assertThat(forgotten).as("seed %d", seed).isPositive();
  }

  private static Event later(Event event, long byMs) {
    return new Event(event.source(), event.timeMs() + byMs, event.position(), event.values());
  }

  @Test
  void shouldWakeWhenAKeyIsForgottenAndKeepNothingOfIt() {
    FeatureView view =
        view(feature("seen", Aggregation.COUNT, "*", WindowSpec.lifetime()))
            .forgettingAfter(FORGOTTEN);
    ViewAggregator aggregator = ViewAggregator.ofEventsInOrder(view, EVENTS);
    Event event = randomEvents(new Random(1), 1).get(0);
    byte[] state = add(aggregator, ViewAggregator.EMPTY, event);
    long forgottenMs = event.timeMs() + FORGOTTEN.toMillis();
    assertThat(aggregator.nextChangeAfter(state, event.timeMs() + 1)).isEqualTo(forgottenMs);
    assertThat(aggregator.valuesAt(state, forgottenMs - 1).longAt(0)).isOne();
    assertThat(aggregator.valuesAt(state, forgottenMs).longAt(0)).isZero();
    state = aggregator.expire(state, forgottenMs - 1);
    assertThat(state).isNotEmpty();
    assertThat(aggregator.expire(state, forgottenMs)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {53, 54, 55, 56})
  void shouldJoinWhatAKeyWasAndIsWhereALateEventComesBetween(long seed) {
    Random random = new Random(seed);
    Optional<Duration> ttl = seed % 2 == 0 ? Optional.of(Duration.ofMinutes(45)) : Optional.empty();
    FeatureView view = everyFeature(WINDOWS, ttl).forgettingAfter(FORGOTTEN);
    long latenessMs = Duration.ofMinutes(100).toMillis();
    ViewAggregator aggregator =
        ViewAggregator.of(
            view, EVENTS, text -> Expressions.compile(text, EVENTS), false, latenessMs);
    RowMaker maker = aggregator.rowMaker();
    Reading reading = maker.reading();

    // Half an hour between two on average; a third comes late.
    List<Event> all = randomEvents(random, 90);
    TreeMap<Long, Event> byArrival = new TreeMap<>();
    long timeMs = all.get(0).timeMs();
    for (Event event : all) {
      timeMs += random.nextInt(3_600_000);
      long delayMs = random.nextInt(3) == 0 ? random.nextInt((int) latenessMs) : 0;
      byArrival.put(timeMs + delayMs, later(event, timeMs - event.timeMs()));
    }

    List<Event> added = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    long asOfMs = byArrival.firstKey();
    int joined = 0;
    for (long arrivalMs : byArrival.keySet()) {
      // What time alone changes until then.
      while (!added.isEmpty() && reading.nextChangeMs() <= arrivalMs) {
        asOfMs = reading.nextChangeMs();
        state = maker.row(state, asOfMs, feature -> {}, reading);
        requireTheOracle(seed, view, aggregator, reading, added, asOfMs);
      }
      Event event = byArrival.get(arrivalMs);
      long lastMs = aggregator.lastEventMs(state);
      boolean isBetween =
          state.length > 0
              && aggregator.isForgotten(state, arrivalMs)
              && event.timeMs() > lastMs
              && event.timeMs() - lastMs < FORGOTTEN.toMillis();
      asOfMs = arrivalMs + 1;
      state =
          maker.add(
              state,
              event.timeMs(),
              event.position().order(),
              aggregator.contribution(event.values()),
              reading);
      added.add(event);
      state = maker.row(state, asOfMs, feature -> {}, reading);
      requireTheOracle(seed, view, aggregator, reading, added, asOfMs);
      joined += isBetween ? 1 : 0;
      if (random.nextInt(5) == 0) {
        reading = maker.reading();
        state = maker.row(state, asOfMs, feature -> {}, reading);
        requireTheOracle(seed, view, aggregator, reading, added, asOfMs);
      }
    }
    assertThat(joined).as("seed %d", seed).isPositive();
    long lastMs = aggregator.lastEventMs(state);
    long droppedMs = lastMs + FORGOTTEN.toMillis() + latenessMs + 1;
    assertThat(aggregator.nextChangeAfter(state, droppedMs - 1)).isEqualTo(droppedMs);
    assertThat(aggregator.expire(state, droppedMs)).as("seed %d", seed).isEmpty();
  }

  private static void requireTheOracle(
      long seed,
      FeatureView view,
      ViewAggregator aggregator,
      Reading reading,
      List<Event> added,
      long asOfMs) {
    assertThat(
            differences(
                aggregator, reading.row(), NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs)))
        .as("seed %d, %d events, as of %d", seed, added.size(), asOfMs)
        .isEmpty();
  }
}
