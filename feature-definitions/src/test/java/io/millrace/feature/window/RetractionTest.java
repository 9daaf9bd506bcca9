package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that are taken back, against the oracle on those that are left. */
class RetractionTest {
  private static final List<WindowSpec> WINDOWS =
      Stream.concat(TestPayments.WINDOWS.stream(), TestPayments.OTHER_WINDOWS.stream()).toList();

  /** Five at a time, so that six seeds see each twice or more. */
  private static List<WindowSpec> someWindows(long seed) {
    List<WindowSpec> all = new ArrayList<>(WINDOWS);
    Collections.rotate(all, (int) (-5 * seed));
    return all.subList(0, 5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldForgetWhatIsTakenBack(long seed) {
    Random random = new Random(seed);
    Optional<Duration> ttl = seed % 3 == 0 ? Optional.of(Duration.ofHours(2)) : Optional.empty();
    FeatureView view = everyFeature(someWindows(seed), ttl);
    ViewAggregator aggregator =
        ViewAggregator.of(
            view, EVENTS, text -> Expressions.compile(text, EVENTS), true, Long.MAX_VALUE);
    List<Event> left = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    long asOfMs = Long.MIN_VALUE;
    int takenBack = 0;
    for (Event event : randomEvents(random, 80)) {
      state = add(aggregator, state, event);
      left.add(event);
      asOfMs = Math.max(asOfMs, event.timeMs() + 1);
      if (random.nextInt(3) == 0) {
        Event wrong = left.remove(random.nextInt(left.size()));
        state =
            aggregator.remove(
                state,
                wrong.timeMs(),
                wrong.position().order(),
                aggregator.contribution(wrong.values()));
        takenBack++;
      }
      assertThat(
              differences(
                  aggregator,
                  aggregator.valuesAt(state, asOfMs),
                  NaiveAggregator.valuesAt(view, EVENTS, left, asOfMs)))
          .as("seed %d, %d left, %d taken back", seed, left.size(), takenBack)
          .isEmpty();
      if (random.nextInt(5) == 0) {
        state = aggregator.expire(state, asOfMs);
      }
    }
    assertThat(takenBack).isGreaterThan(10);
  }

  @Test
  void shouldRefuseToTakeBackFromASourceWithoutChanges() {
    ViewAggregator aggregator = ViewAggregator.of(everyFeature(WINDOWS, Optional.empty()), EVENTS);
    byte[] brought = aggregator.contribution(TestPayments.event(1, 1L).values());
    assertThatThrownBy(() -> aggregator.remove(ViewAggregator.EMPTY, 1, 0, brought))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("card_v1 takes nothing back, since its source payments declares no changes");
  }
}
