package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.OTHER_WINDOWS;
import static io.millrace.feature.window.TestPayments.WINDOWS;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NaiveHistoryTest {
  @ParameterizedTest
  @ValueSource(longs = {71, 72, 73, 74})
  void shouldGiveTheValuesOfTheSpecificationAtAnyInstant(long seed) {
    Random random = new Random(seed);
    List<WindowSpec> windows = new ArrayList<>(WINDOWS);
    windows.addAll(OTHER_WINDOWS);
    List<Event> events = randomEvents(random, 80);
    Collections.shuffle(events, random);
    long firstMs = events.stream().mapToLong(Event::timeMs).min().orElseThrow();
    long lastMs = events.stream().mapToLong(Event::timeMs).max().orElseThrow();
    for (Optional<Duration> ttl : List.of(Optional.<Duration>empty(), shortly(seed))) {
      for (Optional<Duration> stateTtl : List.of(Optional.<Duration>empty(), shortly(seed + 1))) {
        FeatureView view = everyFeature(windows, ttl);
        view = stateTtl.isPresent() ? view.forgettingAfter(stateTtl.get()) : view;
        NaiveHistory history = NaiveHistory.of(view, EVENTS).key(events);
        for (int i = 0; i < 6; i++) {
          boolean isTie = i % 3 == 0;
          long asOfMs =
              isTie
                  ? events.get(random.nextInt(events.size())).timeMs()
                  : firstMs + (long) (random.nextDouble() * 1.2 * (lastMs - firstMs));
          assertThat(history.valuesAt(asOfMs))
              .as("seed %d, ttl %s, state-ttl %s, as of %d", seed, ttl, stateTtl, asOfMs)
              .isEqualTo(NaiveAggregator.valuesAt(view, EVENTS, events, asOfMs));
        }
      }
    }
  }

  private static Optional<Duration> shortly(long seed) {
    return Optional.of(Duration.ofMinutes(5 + new Random(seed).nextInt(30)));
  }
}
