package io.millrace.offline.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.RecordedEvents.Place;
import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.maintenance.Expiry;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedPastTest {
  private static final long START = Instant.parse("2008-03-09T00:00:00Z").toEpochMilli();
  private static final EventSource VISITS =
      TestSources.visits(TestSources.sorted(Path.of("unused")));

  @TempDir Path root;

  @Test
  void shouldTellWhereEachPartitionEndsAndTheLeastWatermark() throws Exception {
    commit(List.of(visit(0, 4, 10), visit(2, 9, 5)), 7_000);
    commit(List.of(visit(0, 6, 3)), 9_000);

    RecordedPast past = past();

    assertThat(past.snapshots()).containsExactly(Map.entry("visits", 2L));
    assertThat(past.edges().get("visits")).containsExactly(Map.entry(0, 6L), Map.entry(2, 9L));
    assertThat(past.watermarkMs()).isEqualTo(START + 9_000);
    assertThat(past.rows()).isEqualTo(3);
  }

  @Test
  void shouldNameEveryGapBetweenTheStoreAndTheTopics() throws Exception {
    commit(List.of(visit(0, 4, 1), visit(1, 8, 1), visit(2, 9, 1), visit(3, 5, 1)), 0);

    List<String> problems =
        past()
            .problems(
                Map.of("visits", Map.of(0, 5L, 1, 12L, 2, 0L)),
                Map.of("visits", Map.of(0, 90L, 1, 90L, 2, 9L)));

    assertThat(problems)
        .containsExactly(
            "the store has visits-1 up to offset 8, but the topic begins at 12: the 3 offsets from"
                + " 9 to 11 are in neither; retention has removed them. Let a job record what the"
                + " topic has before it does, or begin without history",
            "the store has visits-2 up to offset 9, but the topic ends at 9: it was made anew;"
                + " begin without history",
            "visits-3 is not there, but the store has events of it up to offset 5; name the"
                + " brokers from which they came");
  }

  @Test
  void shouldCountTheOffsetsThatAreRecordedNowhere() throws Exception {
    commit(List.of(visit(0, 4, 10), visit(0, 7, 11), visit(0, 9, 12), visit(1, 2, 5)), 0);
    write(OfflineTables.lateEvents(VISITS), List.of(visit(0, 6, 1), visit(0, 12, 1)));
    Path letters = new OfflineStore(root).folder(OfflineTables.deadLetters());
    DeadLetter dead =
        new DeadLetter("visits", new Position("visits", 0, 5), START, "malformed", "", new byte[1]);
    try (ParquetRowWriter<DeadLetter> rows =
        ParquetRowWriter.open(
            OfflineTables.deadLetters(), letters.resolve("dt=2008-03-09/part-0.parquet"))) {
      rows.write(dead);
    }

    assertThat(Unrecorded.of(new OfflineStore(root), List.of(VISITS), past()))
        .containsExactly(
            new Unrecorded("visits", 0, 4, 9, 1), new Unrecorded("visits", 1, 2, 2, 0));
  }

  @Test
  void shouldRefuseAStoreWithoutHistory() {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(this::past)
        .withMessageStartingWith("the offline store at " + root + " has recorded no events of")
        .withMessageContaining("begin without it, or name the store");
  }

  @Test
  void shouldRefuseEventsThatCannotBeReadAsTheyAreDefinedNow() throws Exception {
    commit(List.of(visit(0, 4, 1)), 0);
    RowSchema changed =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.required("who", ValueType.INT64),
                Field.nullable("n", ValueType.INT64)));
    EventSource source =
        TestSources.source("visits", changed, "seen", TestSources.sorted(Path.of("unused")));

    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> RecordedPast.of(new OfflineStore(root), List.of(source)))
        .withMessageStartingWith(
            "the recorded events of visits cannot be read as it is defined now")
        .withMessageContaining("the column who")
        .withMessageEndingWith("take back the change of its schema, or give it another name");
  }

  @Test
  void shouldGoOnAfterAnyEventWithTheNextOneOfEachShareWhateverWasCommittedMeanwhile()
      throws Exception {
    long seed = 41;
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      events.add(visit(random.nextInt(3), i, random.nextInt(200_000)));
    }
    // A large file of each day, and small ones.
    commit(events.subList(0, 400), 0);
    for (int i = 400; i < 600; i += 10) {
      commit(events.subList(i, i + 10), 0);
    }
    RecordedPast past = past();
    commit(List.of(visit(0, 1_000, 1)), 0);
    for (int shares = 1; shares <= 3; shares++) {
      List<Place> all = new ArrayList<>();
      for (int share = 0; share < shares; share++) {
        List<Place> whole = read(past, new Share(share, shares), Optional.empty());
        assertThat(whole).as("seed %d", seed).isSorted();
        int at = random.nextInt(whole.size());
        assertThat(read(past, new Share(share, shares), Optional.of(whole.get(at))))
            .as("seed %d, after %s", seed, whole.get(at))
            .isEqualTo(whole.subList(at + 1, whole.size()));
        all.addAll(whole);
      }
      assertThat(all)
          .as("seed %d, %d shares", seed, shares)
          .containsExactlyInAnyOrderElementsOf(events.stream().map(Place::of).toList());
    }
  }

  @Test
  void shouldSayThatASnapshotHasExpiredRatherThanReadAnother() throws Exception {
    commit(List.of(visit(0, 4, 1)), 0);
    RecordedPast past = past();
    commit(List.of(visit(0, 6, 3)), 0);
    OfflineTable<Known<Event>> table = OfflineTables.events(VISITS);
    Path folder = new OfflineStore(root).folder(table);
    new Expiry(folder, "events", InstantSource.system())
        .run(OptionalInt.of(1), Optional.empty(), Duration.ZERO, Duration.ZERO);

    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> read(past, Share.ALL, Optional.empty()))
        .withMessage(
            "the history of visits was begun with snapshot 1, which cannot be read any more: the"
                + " table at %s has no snapshot 1, it has expired; there are 3 to 3; begin it anew,"
                + " and let no snapshot expire before it is read",
            folder);
    assertThat(read(past(), Share.ALL, Optional.empty())).hasSize(2);
  }

  private List<Place> read(RecordedPast past, Share share, Optional<Place> after) {
    List<Place> places = new ArrayList<>();
    RecordedEvents.open(new OfflineStore(root), List.of(VISITS), past.snapshots(), share, after)
        .forEachRemaining(known -> places.add(Place.of(known.value())));
    return places;
  }

  private RecordedPast past() {
    return RecordedPast.of(new OfflineStore(root), List.of(VISITS));
  }

  private static Event visit(int partition, long offset, long seconds) {
    long atMs = START + Duration.ofSeconds(seconds).toMillis();
    return new Event(
        "visits",
        atMs,
        new Position("visits", partition, offset),
        Values.of(Instant.ofEpochMilli(atMs), "w", offset));
  }

  private void commit(List<Event> events, long watermarkMs) throws Exception {
    OfflineTable<Known<Event>> table = OfflineTables.events(VISITS);
    Change change = DataFiles.append(write(table, events)).withWatermark(START + watermarkMs);
    new TableSnapshots(
            new LocalStoreFiles(new OfflineStore(root).folder(table)), InstantSource.system())
        .commit(before -> Optional.of(change));
  }

  private List<DataFiles.Described> write(OfflineTable<Known<Event>> table, List<Event> events)
      throws Exception {
    Path folder = new OfflineStore(root).folder(table);
    String name = "/part-" + events.get(0).position().offset() + ".parquet";
    Map<String, ParquetRowWriter<Known<Event>>> files = new TreeMap<>();
    for (Event event : events) {
      Known<Event> row = new Known<>(event, 1);
      String path = table.partition(row) + name;
      if (!files.containsKey(path)) {
        files.put(path, ParquetRowWriter.open(table, folder.resolve(path)));
      }
      files.get(path).write(row);
    }
    List<DataFiles.Described> described = new ArrayList<>();
    for (Map.Entry<String, ParquetRowWriter<Known<Event>>> file : files.entrySet()) {
      file.getValue().close();
      described.add(DataFiles.describe(file.getKey(), folder.resolve(file.getKey())));
    }
    return described;
  }
}
