package io.millrace.offline.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestFlights;
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.HistoryReader;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training set names the snapshots that it was made from, and they give its bytes again. */
class TrainingSetSnapshotTest {
  private static final Instant FROM = Instant.parse("2020-01-05T00:00:00Z");
  private static final Instant UNTIL = Instant.parse("2020-01-08T00:00:00Z");
  private static final int EVENTS = 6_000;

  @TempDir Path root;

  private final Definitions flights = TestFlights.over(TestSources.SFO);
  private final TrainingSet set = TrainingSet.of(flights, "delay_v1", FROM, UNTIL);

  @Test
  void shouldGiveTheSameBytesOfASnapshotWhateverCameSince() throws Exception {
    for (EventSource source : set.sources()) {
      write(source, 0, EVENTS - 1_000);
      write(source, EVENTS - 1_000, EVENTS);
    }
    Path first = make("first", Map.of());
    String note =
        TestParquet.read(
                "select decode(value) from parquet_kv_metadata('"
                    + first
                    + "') where decode(key) = 'millrace.snapshots'")
            .get(0)
            .get(0);
    assertThat(note).isEqualTo("arrived=2,departed=2,scheduled=2");

    for (EventSource source : set.sources()) {
      write(source, EVENTS, EVENTS + 2_000);
      Path folder = new OfflineStore(root).folder(OfflineTables.events(source));
      new Compaction(folder, source.name(), CompactionOptions.defaults(), InstantSource.system())
          .run(line -> {});
    }

    Map<String, Long> named = new TreeMap<>();
    for (String one : note.split(",", -1)) {
      named.put(one.split("=", -1)[0], Long.valueOf(one.split("=", -1)[1]));
    }
    assertThat(make("again", named)).hasSameBinaryContentAs(first);
    assertThat(Files.mismatch(make("newest", Map.of()), first)).isNotNegative();
  }

  private Path make(String name, Map<String, Long> snapshots) throws IOException {
    Path file = root.resolve(name + ".parquet");
    StoredHistory past =
        StoredHistory.openAt(new OfflineStore(root), set.sources(), HistoryRange.all(), snapshots);
    try (ParquetRowWriter<TrainingRow> rows =
        ParquetRowWriter.open(set.table(), file, past.note())) {
      TrainingCounts counts = set.walk(past, rows::write);
      assertThat(counts.labelled()).isPositive();
    }
    return file;
  }

  /** Commits some of a source's events, a file a day. */
  private void write(EventSource source, int from, int to) throws IOException {
    OfflineTable<Known<Event>> table = OfflineTables.events(source);
    Path folder = new OfflineStore(root).folder(table);
    Map<String, ParquetRowWriter<Known<Event>>> days = new TreeMap<>();
    try (HistoryReader history = HistoryReader.open(source)) {
      for (int i = 0; i < to; i++) {
        Event event = history.next();
        if (i < from) {
          continue;
        }
        Known<Event> row =
            new Known<>(
                new Event(
                    event.source(),
                    event.timeMs(),
                    new Position(source.topic(), 0, i),
                    event.values()),
                event.timeMs());
        String path = table.partition(row) + "/part-" + from + ".parquet";
        if (!days.containsKey(path)) {
          days.put(path, ParquetRowWriter.open(table, folder.resolve(path)));
        }
        days.get(path).write(row);
      }
    }
    List<DataFiles.Described> described = new ArrayList<>();
    for (Map.Entry<String, ParquetRowWriter<Known<Event>>> day : days.entrySet()) {
      day.getValue().close();
      described.add(DataFiles.describe(day.getKey(), folder.resolve(day.getKey())));
    }
    Change change = DataFiles.append(described);
    new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system())
        .commit(before -> Optional.of(change));
  }
}
