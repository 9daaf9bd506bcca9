package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ChangeFormat;
import io.millrace.feature.Entity;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.Changes;
import io.millrace.offline.parquet.TableFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What parity recomputes from, where a source's records are changes. */
class KeyedEventsTest {
  private static final Instant NOON = Instant.parse("2008-03-09T12:00:00Z");
  private static final EventSource VISITS = TestSources.visits(TestSources.sorted(Path.of("none")));
  private static final EventSource TABLE =
      new EventSource(
          VISITS.name(),
          VISITS.topic(),
          VISITS.schema(),
          VISITS.avro(),
          VISITS.time(),
          Optional.of(ChangeFormat.DEBEZIUM),
          List.of(),
          Optional.empty(),
          List.of());
  private static final FeatureView VIEW =
      new FeatureView(
          "visitor",
          1,
          Entity.of("who"),
          TABLE.name(),
          Optional.of(Duration.ofDays(1)),
          List.of(
              new Feature(
                  "total_1m",
                  Aggregation.SUM,
                  "n",
                  Optional.empty(),
                  WindowSpec.slidingExact(Duration.ofMinutes(1)),
                  Optional.empty(),
                  "")));

  @TempDir Path root;

  @Test
  void shouldKnowWhatWasTakenBackFromTheMomentThatItWasKnown() throws Exception {
    OfflineStore store = new OfflineStore(root);
    TestStream.write(
        store,
        OfflineTables.events(TABLE),
        List.of(
            new Known<>(visit("a", 1, -5, 0), 10),
            new Known<>(visit("a", 2, -4, 1), 20),
            new Known<>(visit("b", 9, -3, 2), 30),
            // Of the key a, 2 becomes 7 of the key b.
            new Known<>(visit("a", 2, -4, 3), 40, true),
            new Known<>(visit("b", 7, -2, 3), 40)));

    KeyedEvents events = read(store, Set.of("a", "b"));

    assertThat(totalOf(events, "a", 40)).isEqualTo(Values.of(3));
    assertThat(totalOf(events, "a", 41)).isEqualTo(Values.of(1));
    assertThat(totalOf(events, "b", 40)).isEqualTo(Values.of(9));
    assertThat(totalOf(events, "b", 41)).isEqualTo(Values.of(16));
  }

  @Test
  void shouldFindTheLastEventBehindOnesThatWereTakenBack() throws Exception {
    OfflineStore store = new OfflineStore(root);
    TestStream.write(
        store,
        OfflineTables.events(TABLE),
        List.of(
            new Known<>(visit("a", 1, -3600, 0), 10),
            new Known<>(visit("a", 2, -1800, 1), 20),
            new Known<>(visit("a", 2, -1800, 2), 30, true)));

    KeyedEvents events = read(store, Set.of("a"));

    assertThat(Changes.left(events.before("a", NOON.toEpochMilli())))
        .extracting(known -> known.value().position().offset())
        .containsExactly(0L);
  }

  private static KeyedEvents read(OfflineStore store, Set<String> keys) {
    return KeyedEvents.read(
            TableFiles.latest(store.folder(OfflineTables.events(TABLE))),
            TABLE,
            List.of(new KeyedEvents.Wanted(VIEW, keys, NOON.toEpochMilli())),
            NOON.toEpochMilli())
        .get(0);
  }

  private static Values totalOf(KeyedEvents events, String key, long beforeMs) {
    List<Known<Event>> known =
        events.before(key, NOON.toEpochMilli()).stream()
            .filter(one -> one.knowledgeMs() < beforeMs)
            .toList();
    return NaiveAggregator.valuesAt(
        VIEW,
        events.schema(),
        Changes.left(known).stream().map(Known::value).toList(),
        NOON.toEpochMilli());
  }

  private static Event visit(String who, long n, int seconds, long offset) {
    Instant seen = NOON.plusSeconds(seconds);
    return new Event(
        TABLE.name(),
        seen.toEpochMilli(),
        new Position(TABLE.topic(), 0, offset),
        Values.of(seen, who, n));
  }
}
