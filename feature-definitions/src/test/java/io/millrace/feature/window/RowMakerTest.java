package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.OTHER_WINDOWS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.WINDOWS;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.event;
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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are made from the row before, against the oracle. */
class RowMakerTest {
  private static final List<Optional<Duration>> TTLS =
      List.of(Optional.empty(), Optional.of(Duration.ofHours(8)), Optional.of(Duration.ofDays(9)));

  @ParameterizedTest
  @ValueSource(longs = {71, 72, 73, 74, 75, 76})
  void shouldEqualTheOracleAtEventsAndAtEachInstantThatWasForetold(long seed) {
    Random random = new Random(seed);
    List<WindowSpec> windows = new ArrayList<>(WINDOWS);
    windows.addAll(OTHER_WINDOWS);
    Collections.rotate(windows, (int) (-3 * seed));
    FeatureView view = everyFeature(windows.subList(0, 3), TTLS.get(random.nextInt(TTLS.size())));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    RowMaker maker = aggregator.rowMaker();
    Reading reading = maker.reading();
    List<Event> added = new ArrayList<>();
    List<Event> heldBack = new ArrayList<>();
    byte[] state = ViewAggregator.EMPTY;
    long lastMs = Long.MIN_VALUE;
    long asOfMs = START - 1_000;
    int rows = 0;
    int foretold = 0;
    List<Event> events = randomEvents(random, 120);
    for (int e = 0; e < events.size(); e++) {
      Event next = events.get(e);
      boolean isLast = e + 1 == events.size();
      if (random.nextInt(6) == 0) {
        heldBack.add(next);
        continue;
      }
      List<Event> batch = new ArrayList<>(List.of(next));
      if (!heldBack.isEmpty() && random.nextInt(4) == 0) {
        batch.add(heldBack.remove(random.nextInt(heldBack.size())));
      }
      for (Event event : batch) {
        state =
            maker.add(
                state,
                event.timeMs(),
                event.position().order(),
                aggregator.contribution(event.values()),
                reading);
        added.add(event);
        lastMs = Math.max(lastMs, event.timeMs());
      }
      asOfMs = Math.max(asOfMs, lastMs + 1);
      // At the end as far as it goes, before only up to the next event.
      long untilMs = isLast ? Long.MAX_VALUE - 1 : events.get(e + 1).timeMs();
      for (int i = 0; i < (isLast ? 60 : 4) && asOfMs <= Math.max(untilMs, lastMs + 1); i++) {
        rows++;
        // Now and then the key is not on the heap any more.
        if (random.nextInt(9) == 0) {
          reading = maker.reading();
        }
        state = maker.row(state, asOfMs, feature -> {}, reading);
        String situation =
            "seed %d, after %d events, row %d, as of %d"
                .formatted(seed, added.size(), rows, asOfMs);
        assertThat(
                differences(
                    aggregator,
                    reading.row(),
                    NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs)))
            .as(situation)
            .isEmpty();
        assertThat(reading.row())
            .as(situation + ", to the bit")
            .isEqualTo(aggregator.valuesAt(state, asOfMs));
        assertThat(reading.nextChangeMs())
            .as(situation)
            .isEqualTo(aggregator.nextChangeAfter(state, asOfMs));
        assertThat(reading.sequence()).as(situation).isEqualTo(aggregator.sequence(state));
        boolean isForetold = random.nextInt(3) > 0 && reading.nextChangeMs() <= untilMs;
        foretold += isForetold ? 1 : 0;
        asOfMs = isForetold ? reading.nextChangeMs() : asOfMs + 1 + random.nextInt(100_000);
      }
    }
    assertThat(foretold).as("seed %d", seed).isGreaterThan(10);
  }

  @Test
  void shouldTellOfAnOverflowWithEachRowThatHasIt() {
    FeatureView view =
        view(
            feature("total", Aggregation.SUM, "amount", WindowSpec.lifetime()),
            feature(
                "brief",
                Aggregation.COUNT,
                "*",
                WindowSpec.slidingByTiles(Duration.ofMinutes(1), Duration.ofSeconds(1))));
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    RowMaker maker = aggregator.rowMaker();
    Reading reading = maker.reading();
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 2; i++) {
      Event event = event(10, Long.MAX_VALUE);
      state = maker.add(state, 10, i, aggregator.contribution(event.values()), reading);
    }
    List<Integer> overflows = new ArrayList<>();
    state = maker.row(state, 11, overflows::add, reading);
    state = maker.row(state, reading.nextChangeMs(), overflows::add, reading);
    assertThat(reading.row().longAt(1)).isZero();
    assertThat(overflows).containsExactly(0, 0);
  }
}
