package io.millrace.offline.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestRows;
import io.millrace.offline.TestSources;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredHistoryTest {
  private static final long SEED = 20_080_309;
  private static final Instant START = Instant.parse("2008-03-09T00:00:00Z");
  private static final EventSource VISITS =
      TestSources.visits(TestSources.sorted(Path.of("unused")));

  @TempDir Path root;

  @Test
  void shouldGiveBackWhatWasRecordedInTheTotalOrderOfEvents() throws Exception {
    List<Event> written = writeRandomEvents();

    List<String> read = read(HistoryRange.all());

    assertThat(read).as("seed %d", SEED).isEqualTo(described(written));
  }

  @Test
  void shouldReadOnlyWhatLiesInsideTheRange() throws Exception {
    List<Event> written = writeRandomEvents();
    Instant from = START.plus(Duration.ofHours(30));
    Instant until = START.plus(Duration.ofHours(100));

    List<String> read = read(HistoryRange.all().from(from).until(until));

    assertThat(read)
        .as("seed %d", SEED)
        .isNotEmpty()
        .isEqualTo(
            described(
                written.stream()
                    .filter(
                        e -> e.timeMs() >= from.toEpochMilli() && e.timeMs() < until.toEpochMilli())
                    .toList()));
    assertThat(read(HistoryRange.all().first(7))).isEqualTo(described(written.subList(0, 7)));
  }

  @Test
  void shouldTakeATableThatDoesNotExistForSilent() {
    assertThat(read(HistoryRange.all())).isEmpty();
  }

  @Test
  void shouldNameTheFileThatCannotBeRead() throws Exception {
    writeRandomEvents();
    Path damaged =
        new OfflineStore(root)
            .folder(OfflineTables.events(VISITS))
            .resolve("dt=2008-03-10/damaged.parquet");
    Files.writeString(damaged, "no Parquet at all");

    assertThatThrownBy(() -> read(HistoryRange.all()))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("damaged.parquet");
  }

  @Test
  void shouldNameTheFolderThatIsNoDay() throws Exception {
    Path odd = new OfflineStore(root).folder(OfflineTables.events(VISITS)).resolve("dt=soon");
    Files.createDirectories(odd);
    Files.writeString(odd.resolve("some.parquet"), "");

    assertThatThrownBy(() -> read(HistoryRange.all()))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("dt=soon names no date");
  }

  @Test
  void shouldGiveBackWhatIsLeftOnceChangesTookBack() throws Exception {
    EventSource table =
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
    OfflineTable<Known<Event>> events = OfflineTables.events(table);
    // Two alike, one of them taken back; an update of the day after; one that never was there.
    List<Known<Event>> told =
        List.of(
            new Known<>(visit("a", 1, 0, 0), 1),
            new Known<>(visit("a", 1, 0, 1), 1),
            new Known<>(visit("b", 2, 30, 2), 1),
            new Known<>(visit("a", 1, 0, 3), 2, true),
            new Known<>(visit("b", 2, 30, 4), 2, true),
            new Known<>(visit("b", 3, 5, 4), 2),
            new Known<>(visit("c", 9, 30, 5), 2, true),
            new Known<>(visit("c", 9, 30, 6), 2));
    OfflineStore store = new OfflineStore(root);
    for (int i = 0; i < told.size(); i++) {
      Path file = store.partition(events, told.get(i)).resolve("part-" + i + ".parquet");
      Files.createDirectories(file.getParent());
      try (ParquetRowWriter<Known<Event>> writer = ParquetRowWriter.open(events, file)) {
        writer.write(told.get(i));
      }
    }
    List<Event> left = new ArrayList<>();
    StoredHistory.open(store, List.of(table), HistoryRange.all()).forEachRemaining(left::add);
    assertThat(left)
        .containsExactly(visit("a", 1, 0, 0), visit("b", 3, 5, 4), visit("c", 9, 30, 6));
  }

  private static Event visit(String who, long count, int hour, long offset) {
    Instant seen = START.plus(Duration.ofHours(hour));
    return new Event(
        VISITS.name(),
        seen.toEpochMilli(),
        new Position(VISITS.topic(), 0, offset),
        Values.of(seen, who, count));
  }

  private List<String> read(HistoryRange range) {
    List<Event> read = new ArrayList<>();
    StoredHistory.open(new OfflineStore(root), List.of(VISITS), range).forEachRemaining(read::add);
    return described(read);
  }

  /** Six days, one of them empty, several files a day, rows in any order, many ties. */
  private List<Event> writeRandomEvents() throws Exception {
    Random random = new Random(SEED);
    RowSchema schema = VISITS.schema();
    OfflineTable<Known<Event>> table = OfflineTables.events(VISITS);
    OfflineStore store = new OfflineStore(root);
    List<Event> events = new ArrayList<>();
    Map<Path, ParquetRowWriter<Known<Event>>> writers = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      int hour = random.nextInt(6 * 24);
      if (hour / 24 == 3) {
        continue;
      }
      long timeMs = START.toEpochMilli() + hour * 3_600_000L + random.nextInt(20);
      Values values = TestRows.random(schema, random);
      values.setLong(VISITS.timeIndex(), timeMs);
      Event event =
          new Event(
              VISITS.name(), timeMs, new Position(VISITS.topic(), random.nextInt(3), i), values);
      events.add(event);
      Known<Event> known = new Known<>(event, 1);
      Path file = store.partition(table, known).resolve("part-" + random.nextInt(3) + ".parquet");
      Files.createDirectories(file.getParent());
      if (!writers.containsKey(file)) {
        writers.put(file, ParquetRowWriter.open(table, file));
      }
      writers.get(file).write(known);
    }
    for (ParquetRowWriter<Known<Event>> writer : writers.values()) {
      writer.close();
    }
    events.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
    return events;
  }

  private static List<String> described(List<Event> events) {
    return events.stream()
        .map(e -> e.timeMs() + " " + e.position() + " " + e.values().toString(VISITS.schema()))
        .toList();
  }
}
