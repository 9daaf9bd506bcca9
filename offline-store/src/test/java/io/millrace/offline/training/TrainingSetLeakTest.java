package io.millrace.offline.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.TestFlights;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** On the real flights of San Francisco: no vector knows what comes after its request. */
class TrainingSetLeakTest {
  private static final Instant FROM = Instant.parse("2020-02-01T00:00:00Z");
  private static final Instant CHANGED_AFTER = Instant.parse("2020-02-20T09:17:00Z");
  private static final Instant UNTIL = Instant.parse("2020-03-10T00:00:00Z");

  private final Definitions flights = TestFlights.over(TestSources.SFO);
  private final TrainingSet set = TrainingSet.of(flights, "delay_v1", FROM, UNTIL);

  @Test
  void shouldNotChangeAnyVectorWhenAllThatComesAfterItIsOther() {
    long seed = 20200220;
    List<Event> events = read();
    Map<String, TrainingRow> told = walk(events);
    Map<String, TrainingRow> toldOther = walk(otherAfter(events, new Random(seed)));
    int before = 0;
    int after = 0;
    int differentAfter = 0;
    for (TrainingRow row : told.values()) {
      TrainingRow other = toldOther.get(row.requestKey());
      if (row.requestTimeMs() <= CHANGED_AFTER.toEpochMilli()) {
        before++;
        assertThat(other).as("seed %d, flight %s", seed, row.requestKey()).isNotNull();
        assertThat(other.vector())
            .as("seed %d, flight %s", seed, row.requestKey())
            .isEqualTo(row.vector());
      } else if (other != null) {
        after++;
        differentAfter += other.vector().equals(row.vector()) ? 0 : 1;
      }
    }
    assertThat(before).isGreaterThan(10_000);
    assertThat(differentAfter).as("of %d later ones", after).isGreaterThan(after * 9 / 10);
  }

  @Test
  void shouldMakeTheSameRowsTwice() {
    assertThat(new ArrayList<>(walk(read()).values()))
        .isEqualTo(new ArrayList<>(walk(read()).values()));
  }

  private List<Event> read() {
    List<Event> events = new ArrayList<>();
    try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all())) {
      past.forEachRemaining(events::add);
    }
    return events;
  }

  private Map<String, TrainingRow> walk(List<Event> events) {
    Map<String, TrainingRow> rows = new HashMap<>();
    set.walk(events.iterator(), row -> rows.put(row.requestKey(), row));
    return rows;
  }

  /** Every later event moves up to six hours on and tells another delay. */
  private List<Event> otherAfter(List<Event> events, Random random) {
    List<Event> all = new ArrayList<>();
    for (Event event : events) {
      all.add(event.timeMs() > CHANGED_AFTER.toEpochMilli() ? other(event, random) : event);
    }
    all.sort(
        Comparator.comparingLong(Event::timeMs)
            .thenComparing(Event::position)
            .thenComparing(Event::source));
    return all;
  }

  private Event other(Event event, Random random) {
    RowSchema schema = flights.source(event.source()).schema();
    Values values = new Values(schema.size());
    for (int i = 0; i < schema.size(); i++) {
      values.copyFrom(i, event.values(), i);
      if (schema.field(i).name().endsWith("_delay_min")) {
        values.setLong(i, random.nextInt(600) - 30);
      }
    }
    long timeMs = event.timeMs() + random.nextLong(Duration.ofHours(6).toMillis());
    return new Event(event.source(), timeMs, event.position(), values);
  }
}
