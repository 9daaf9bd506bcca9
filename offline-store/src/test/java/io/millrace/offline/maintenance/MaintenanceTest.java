package io.millrace.offline.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestRows;
import io.millrace.offline.TestSources;
import io.millrace.offline.duckdb.OfflineQueries;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {
  private static final long DAY_MS = 86_400_000;
  private static final EventSource VISITS =
      TestSources.visits(TestSources.sorted(Path.of("unused")));
  private static final OfflineTable<Known<Event>> TABLE = OfflineTables.events(VISITS);
  private static final CompactionOptions OPTIONS =
      CompactionOptions.defaults().with(64 << 20).sortedBy(List.of("who"));

  @TempDir Path root;
  private int files;

  @Test
  void shouldMakeOneSortedFileADayOfManyAndChangeNoRow() throws Exception {
    append(40, 50);
    List<String> before = read(TableFiles.latest(folder()));

    CompactionReport report = compact(OPTIONS);

    assertThat(report.filesBefore()).isEqualTo(80);
    assertThat(report.filesAfter()).isEqualTo(2);
    assertThat(report.rows()).isEqualTo(2_000);
    assertThat(report.bytesAfter()).isLessThan(report.bytesBefore());
    assertThat(read(TableFiles.latest(folder()))).containsExactlyInAnyOrderElementsOf(before);
    assertThat(read(TableFiles.at(folder(), 40))).as("the snapshot before").isEqualTo(before);
    for (String glob : List.of("dt=*/*.parquet", "**/*.parquet")) {
      assertThat(
              TestParquet.read(
                  "select count(*), count(distinct (source_partition, source_offset)) from '"
                      + folder()
                      + "/"
                      + glob
                      + "'"))
          .as("what everyone sees with %s", glob)
          .containsExactly(List.of("2000", "2000"));
    }
    assertThat(ParquetFiles.at(folder())).hasSize(2);
    Path first = ParquetFiles.at(folder()).get(0);
    assertThat(TestParquet.read("select who, seen, source_offset from '" + first + "'"))
        .isEqualTo(
            TestParquet.read(
                "select who, seen, source_offset from '"
                    + first
                    + "' order by who, seen, source_partition, source_offset"));
    assertThat(compact(OPTIONS).filesBefore()).as("nothing more to do").isZero();
  }

  @Test
  void shouldSortInLittleMemoryAsInMuch() throws Exception {
    append(30, 400);
    Snapshot before = snapshots().latest().orElseThrow();
    compact(OPTIONS);
    List<byte[]> much = contents();
    undo(before);

    compact(OPTIONS.with(1 << 20));

    List<byte[]> little = contents();
    assertThat(little).hasSameSizeAs(much);
    for (int i = 0; i < much.size(); i++) {
      assertThat(little.get(i)).isEqualTo(much.get(i));
    }
    try (var all = Files.walk(folder())) {
      assertThat(all.filter(file -> file.toString().contains(".run"))).isEmpty();
    }
  }

  @Test
  void shouldCompactWhileOthersWriteAndRead() throws Exception {
    append(10, 50);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Future<Integer> reader =
          pool.submit(
              () -> {
                int reads = 0;
                while (!done.get() || reads < 3) {
                  requireWhole();
                  reads++;
                }
                return reads;
              });
      Future<?> writer =
          pool.submit(
              () -> {
                append(30, 50);
                return null;
              });
      int rounds = 0;
      while (!writer.isDone() || rounds < 3) {
        compact(OPTIONS);
        rounds++;
      }
      writer.get();
      compact(OPTIONS);
      done.set(true);
      assertThat(reader.get()).isPositive();
    } finally {
      done.set(true);
      pool.shutdownNow();
    }
    requireWhole();
    assertThat(snapshots().latest().orElseThrow().rows()).isEqualTo(2_000);
    assertThat(ParquetFiles.at(folder())).hasSize(2);
    assertThat(verify().problems()).isEmpty();
  }

  @Test
  void shouldFinishACompactionThatWasCutOff() throws Exception {
    append(5, 50);
    compact(OPTIONS);
    // As it was after the manifest was committed and before anything was renamed.
    Snapshot newest = snapshots().latest().orElseThrow();
    for (DataFile file : snapshots().filesOf(1, newest.id()).values()) {
      boolean now = newest.files().containsKey(file.path());
      Files.move(
          folder().resolve(now ? file.path() : file.hiddenPath()),
          folder().resolve(now ? file.hiddenPath() : file.path()));
    }

    assertThat(read(TableFiles.latest(folder()))).hasSize(250);
    assertThat(verify().problems())
        .hasSize(1)
        .first()
        .asString()
        .contains("10 replaced files", "run \"compact\" again");

    compact(OPTIONS);

    assertThat(verify().problems()).isEmpty();
    assertThat(ParquetFiles.at(folder())).hasSize(2);
  }

  @Test
  void shouldDeleteWhatOnlyExpiredSnapshotsHadAfterItsGrace() throws Exception {
    append(5, 50);
    compact(OPTIONS);
    List<String> rows = read(TableFiles.latest(folder()));
    Expiry expiry = new Expiry(folder(), "t", InstantSource.system());

    ExpiryReport first = expiry.run(OptionalInt.of(2), Optional.empty(), Duration.ofHours(1));
    assertThat(first.filesDeleted()).isZero();
    assertThat(first.filesWaiting()).isEqualTo(10);
    assertThat(first.oldest()).isEqualTo(7);

    ExpiryReport second = expiry.run(OptionalInt.of(1), Optional.empty(), Duration.ZERO);
    assertThat(second.filesDeleted()).isEqualTo(10);
    assertThat(second.filesWaiting()).isZero();
    assertThat(read(TableFiles.latest(folder()))).isEqualTo(rows);
    assertThat(verify().problems()).isEmpty();
    assertThatThrownBy(() -> TableFiles.at(folder(), 5))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("it has expired");
    assertThat(snapshots().ids()).hasSize(1);
  }

  @Test
  void shouldGiveTheSameHistoryOfASnapshotAgain() throws Exception {
    append(4, 50);
    OfflineStore store = new OfflineStore(root);
    StoredHistory history = StoredHistory.open(store, List.of(VISITS), HistoryRange.all());
    Map<String, Long> read = history.snapshots();
    List<String> before = events(history);
    append(3, 50);
    compact(OPTIONS);

    assertThat(read).containsExactly(Map.entry("visits", 4L));
    assertThat(events(StoredHistory.openAt(store, List.of(VISITS), HistoryRange.all(), read)))
        .isEqualTo(before)
        .hasSize(200);
    assertThat(events(StoredHistory.open(store, List.of(VISITS), HistoryRange.all())))
        .hasSize(350)
        .startsWith(before.get(0));
  }

  @Test
  void shouldFindWhatIsWrongAndNameTheFile() throws Exception {
    append(6, 50);
    List<Path> data = ParquetFiles.at(folder());
    Files.delete(data.get(0));
    try (var channel = Files.newByteChannel(data.get(1), StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(data.get(1)) / 2);
    }
    byte[] bytes = Files.readAllBytes(data.get(2));
    bytes[bytes.length / 4] ^= 0x10;
    Files.write(data.get(2), bytes);
    Files.copy(data.get(4), folder().resolve("dt=1970-01-01/copy.parquet"));

    VerificationReport report = verify();

    assertThat(report.problems()).hasSize(3);
    assertThat(report.problems().get(0)).contains(data.get(0) + " is missing", "put it back");
    assertThat(report.problems().get(1)).contains(data.get(1).toString(), "was committed with");
    assertThat(report.problems().get(2)).contains(data.get(2) + " is damaged");
    assertThat(report.remarks()).hasSize(1).first().asString().contains("1 files are in no snap");
    assertThatThrownBy(() -> read(TableFiles.latest(folder())))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(data.get(0) + " is missing, but snapshot 6");
    assertThatThrownBy(() -> compact(OPTIONS)).isInstanceOf(OfflineException.class);
    assertThat(snapshots().latest().orElseThrow().id()).as("nothing was committed").isEqualTo(6);
  }

  @Test
  void shouldFindARowThatIsThereTwice() throws Exception {
    append(2, 50);
    Path copy = folder().resolve("dt=1970-01-01/copy.parquet");
    Files.copy(ParquetFiles.at(folder()).get(0), copy);
    Change change =
        DataFiles.append(List.of(DataFiles.describe("dt=1970-01-01/copy.parquet", copy)));
    snapshots().commit(before -> Optional.of(change));

    VerificationReport report = verify();

    assertThat(report.doubles()).isEqualTo(25);
    assertThat(report.problems().get(0)).contains("has a second row of offset 0", "savepoint");
  }

  @Test
  void shouldReadNewRemovedAndWidenedColumnsTogether() throws Exception {
    RowSchema old =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.required("n", ValueType.INT64),
                Field.nullable("gone", ValueType.STRING)));
    RowSchema now =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.required("n", ValueType.FLOAT64),
                Field.nullable("fresh", ValueType.STRING)));
    write(old, Values.of(10L, 7L, "old"), "a.parquet");
    write(now, Values.of(20L, 7.5, "new"), "b.parquet");
    assertThat(compact(CompactionOptions.defaults()).leftAlone()).as("no snapshot yet").isZero();
    assertThat(Adoption.run(folder(), InstantSource.system())).isEqualTo(2);
    assertThat(Adoption.run(folder(), InstantSource.system())).isZero();
    compact(CompactionOptions.defaults());

    List<Object> rows = new ArrayList<>();
    try (TableRows reader = TableRows.open(folder(), now)) {
      while (reader.next()) {
        rows.add(TestRows.boxed(now, reader.row()));
      }
    }
    List<Object> first = new ArrayList<>(List.of(10L, 7.0));
    first.add(null);
    assertThat(rows).containsExactlyInAnyOrder(first, List.of(20L, 7.5, "new"));
    try (OfflineQueries queries = OfflineQueries.open(new OfflineStore(root), 256)) {
      assertThat(queries.query("select n, gone, fresh from visits order by seen", 10).rows())
          .containsExactly(Arrays.asList(7.0, "old", null), Arrays.asList(7.5, null, "new"));
    }
    assertThatThrownBy(() -> countRows(old))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("is FLOAT64, but is read as INT64");
  }

  @Test
  void shouldChangeNothingWhenThereIsNoColumnToSortBy() throws Exception {
    append(3, 50);
    CompactionOptions options = OPTIONS.sortedBy(List.of("nobody"));

    assertThatThrownBy(() -> compact(options))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("has no column nobody to sort by; it has [seen, who, n");
    assertThat(verify().problems()).isEmpty();
  }

  private int countRows(RowSchema columns) {
    int rows = 0;
    try (TableRows reader = TableRows.open(folder(), columns)) {
      while (reader.next()) {
        rows++;
      }
    }
    return rows;
  }

  private void write(RowSchema columns, Values values, String name) throws IOException {
    EventSource source =
        TestSources.source("visits", columns, "seen", TestSources.sorted(Path.of("unused")));
    Position position = new Position("visits", 0, values.longAt(0));
    try (var writer =
        ParquetRowWriter.open(
            OfflineTables.events(source), folder().resolve("dt=1970-01-01").resolve(name))) {
      writer.write(new Known<>(new Event("visits", values.longAt(0), position, values), 1_000L));
    }
  }

  /** Commits rows, half of them on the first day and half on the second, a file a day a commit. */
  private void append(int commits, int rowsACommit) throws IOException {
    for (int commit = 0; commit < commits; commit++) {
      List<DataFiles.Described> described = new ArrayList<>();
      for (int day = 0; day < 2; day++) {
        String path = "dt=1970-01-0" + (day + 1) + "/part-" + (100_000 + files) + ".parquet";
        Path file = folder().resolve(path);
        try (var writer = ParquetRowWriter.open(TABLE, file)) {
          for (int i = 0; i < rowsACommit / 2; i++) {
            long offset = ((long) files / 2 * rowsACommit / 2 + i) * 2 + day;
            long timeMs = day * DAY_MS + offset * 7_919 % DAY_MS;
            Values values = Values.of(timeMs, "who-" + offset % 7, offset);
            writer.write(
                new Known<>(
                    new Event("visits", timeMs, new Position("visits", 0, offset), values),
                    timeMs + 5));
          }
        }
        described.add(DataFiles.describe(path, file));
        files++;
      }
      Change change = DataFiles.append(described);
      snapshots().commit(before -> Optional.of(change));
    }
  }

  /** Every snapshot has whole commits, each row once. */
  private void requireWhole() {
    Snapshot snapshot = snapshots().latest().orElseThrow();
    BitSet seen = new BitSet();
    RowSchema columns = OfflineTables.eventColumns(VISITS);
    int rows = 0;
    try (TableRows reader =
        TableRows.open(TableFiles.of(folder(), snapshot), columns, LocalDate.MIN, LocalDate.MAX)) {
      while (reader.next()) {
        seen.set((int) reader.row().longAt(5));
        rows++;
      }
    }
    assertThat(seen.cardinality()).isEqualTo(rows).isEqualTo((int) snapshot.rows());
    assertThat(rows % 50).isZero();
  }

  private List<String> read(TableFiles table) {
    List<String> rows = new ArrayList<>();
    RowSchema columns = OfflineTables.eventColumns(VISITS);
    try (TableRows reader = TableRows.open(table, columns, LocalDate.MIN, LocalDate.MAX)) {
      while (reader.next()) {
        rows.add(TestRows.boxed(columns, reader.row()).toString());
      }
    }
    return rows;
  }

  private static List<String> events(StoredHistory history) {
    List<String> events = new ArrayList<>();
    history.forEachRemaining(
        event ->
            events.add(
                Instant.ofEpochMilli(event.timeMs())
                    + " "
                    + event.position()
                    + " "
                    + TestRows.boxed(TestSources.VISITS, event.values())));
    return events;
  }

  /** The bytes of the files that everyone sees. */
  private List<byte[]> contents() throws IOException {
    List<byte[]> contents = new ArrayList<>();
    for (Path file : ParquetFiles.at(folder())) {
      contents.add(Files.readAllBytes(file));
    }
    return contents;
  }

  /** Makes the table what it was. */
  private void undo(Snapshot before) throws IOException {
    List<Path> made = ParquetFiles.at(folder());
    for (long id = before.id() + 1; Files.deleteIfExists(manifest(id)); id++) {
      assertThat(id).isLessThan(1_000);
    }
    for (Path file : made) {
      Files.delete(file);
    }
    for (DataFile file : before.files().values()) {
      Files.move(folder().resolve(file.hiddenPath()), folder().resolve(file.path()));
    }
  }

  private Path manifest(long id) {
    return folder().resolve("_snapshots/%010d.json".formatted(id));
  }

  private CompactionReport compact(CompactionOptions options) {
    return new Compaction(folder(), "t", options, InstantSource.system()).run(line -> {});
  }

  private VerificationReport verify() {
    return new Verification(folder(), "t").run(OptionalLong.empty());
  }

  private TableSnapshots snapshots() {
    return new TableSnapshots(new LocalStoreFiles(folder()), InstantSource.system());
  }

  private Path folder() {
    return new OfflineStore(root).folder(TABLE);
  }
}
