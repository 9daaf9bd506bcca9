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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
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
}
