package io.millrace.offline.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.Known;
import io.millrace.offline.KnownRow;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.maintenance.StoreFolder;
import io.millrace.offline.maintenance.Verification;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.parquet.RowRemoval;
import io.millrace.offline.parquet.TableFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreErasureTest {
  private static final long NOON = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
  private static final InstantSource CLOCK = InstantSource.system();
  private static final Subject SUBJECT = new Subject("card", "a");
  private static final Erasure ERASURE =
      new Erasure("e", "card", "00", Erasure.Phase.SWEEP, NOON + 50_000, NOON + 50_000);

  @TempDir Path root;
  private Definitions definitions;
  private EventSource payments;
  private OfflineStore store;
  private OfflineTable<Known<Event>> events;
  private OfflineTable<KnownRow> rows;
  private OfflineTable<Prediction> predictions;
  private int files;

  @BeforeEach
  void define() throws Exception {
    Path folder = Files.createDirectory(root.resolve("definitions"));
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": ["null", "string"], "default": null},
          {"name": "shop", "type": "string"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: pay
        schema: payment.avsc
        event-time: {field: at}
        ---
        kind: FeatureView
        name: pair
        entity: {keys: [shop, card], nulls: skip}
        source: payments
        features: {payments: {count: "*"}}
        """);
    definitions = DefinitionFiles.load(folder, Map.of());
    payments = definitions.source("payments");
    store = new OfflineStore(root.resolve("store"));
    events = OfflineTables.events(payments);
    ViewNode pair = ViewGraph.of(definitions).node("pair");
    rows = OfflineTables.features(pair.view(), pair.events(), pair.aggregator().rowSchema());
    predictions =
        OfflineTables.predictions(
            "m", new RowSchema("v", List.of(Field.nullable("n", ValueType.INT64))));
    // Three files a table: one without the subject, one with, one of the subject alone.
    for (List<String> cards : List.of(List.of("b", "c"), List.of("a", "b"), List.of("a"))) {
      write(cards);
    }
  }

  @Test
  void shouldTakeASubjectOutOfAllTablesAndLeaveEveryOtherRow() {
    Map<String, List<String>> before = rows();
    assertThat(before.get("predictions/m")).hasSize(5);
    compact();

    List<TableReport> reports = run();

    assertThat(reports)
        .extracting(report -> report.table() + " " + report.rows())
        .containsExactly(
            "dead-letters 2", "features/pair/v1 2", "predictions/m 2", "events/payments 2");
    Map<String, List<String>> after = rows();
    before.values().forEach(list -> list.removeIf(row -> row.contains("(a)")));
    assertThat(after).isEqualTo(before);
    for (String table : StoreFolder.tables(store)) {
      Path folder = store.root().resolve(table);
      assertThat(new Verification(folder, table).run(OptionalLong.empty()).problems()).isEmpty();
      assertThat(StoreFolder.snapshots(folder, CLOCK).history()).as("one snapshot").hasSize(1);
      assertThat(hidden(folder)).as("the file of %s without the subject", table).hasSize(1);
    }
    assertThat(run()).as("once more").isEmpty();
  }

  @Test
  void shouldGoOnWithWhatWasCutOffAndDeleteWhatIsHidden() throws Exception {
    compact();
    // As if the commit had been made and the process had died: older files still have the subject.
    Path folder = store.folder(events);
    Map<Path, byte[]> old = new TreeMap<>();
    for (Path file : hidden(folder)) {
      old.put(file, Files.readAllBytes(file));
    }
    run();
    for (Map.Entry<Path, byte[]> file : old.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
    assertThat(run())
        .extracting(report -> report.table() + " " + report.rows() + " " + report.filesDeleted())
        .containsExactly("events/payments 0 2");
  }

  @Test
  void shouldLeaveEventsOfTheNewSubject() throws Exception {
    long later = NOON + 60_000;
    write(events, List.of(event("a", later, 99)));
    run();
    assertThat(rows().get("events/payments")).filteredOn(row -> row.contains("(a)")).hasSize(1);
  }

  @Test
  void shouldTakeOutWhatCameBeforeAllJobsRefused() throws Exception {
    write(events, List.of(event("a", NOON + 60_000, 99)));
    erasure().run(Long.MAX_VALUE, letter -> false);
    assertThat(rows().get("events/payments")).noneMatch(row -> row.contains("(a)"));
  }

  @Test
  void shouldNameWhatJobsThatObeyedLeftHalfWritten() throws Exception {
    List<String> begun = new ArrayList<>();
    for (String table : List.of("events/payments", "outcomes/svc", "outcomes/other")) {
      Path file = store.root().resolve(table + "/dt=2024-05-01/.part-7.parquet.inprogress.0f1e");
      Files.createDirectories(file.getParent());
      begun.add(Files.createFile(file).toString());
    }
    Instant now = Files.getLastModifiedTime(Path.of(begun.get(2))).toInstant();
    assertThat(erasure().leftBehind(now.plusSeconds(1), List.of())).containsExactly(begun.get(0));
    assertThat(erasure().leftBehind(now.plusSeconds(1), List.of("svc")))
        .containsExactly(begun.get(0), begun.get(1));
    assertThat(erasure().leftBehind(now.minusSeconds(60), List.of("svc")))
        .as("a job writes them")
        .isEmpty();
  }

  @Test
  void shouldFindKeysOfSeveralColumns() {
    assertThat(erasure().keysOf(definitions.view("pair"))).containsExactly("s\\|1|a");
  }

  @Test
  void shouldRefuseATableWithoutSnapshots() throws Exception {
    Path file = store.folder(OfflineTables.lateEvents(payments)).resolve("dt=2024-05-01/x.parquet");
    try (var writer = ParquetRowWriter.open(OfflineTables.lateEvents(payments), file)) {
      writer.write(event("a", NOON, 1));
    }
    assertThatThrownBy(this::run)
        .isInstanceOf(OfflineException.class)
        .hasMessage(
            "late/payments has files, but no snapshot; take them into one with \"millrace offline"
                + " adopt\" and run it again");
  }

  private StoreErasure erasure() {
    return new StoreErasure(new LocalStorePlace(store), definitions, SUBJECT, ERASURE, CLOCK);
  }

  private List<TableReport> run() {
    return erasure().run(ERASURE.atMs(), letter -> letter.detail().contains("(a)"));
  }

  private void compact() {
    for (String table : StoreFolder.tables(store)) {
      new Compaction(
              store.root().resolve(table), table, CompactionOptions.defaults().with(8 << 20), CLOCK)
          .run(line -> {});
    }
  }

  private static List<Path> hidden(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(".hidden")).sorted().toList();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Known<Event> event(String card, long at, long offset) {
    Values values = Values.of(card, "s|1", Instant.ofEpochMilli(at));
    return new Known<>(new Event("payments", at, new Position("pay", 0, offset), values), at + 5);
  }

  private void write(List<String> cards) throws Exception {
    List<Known<Event>> ofEvents = new ArrayList<>();
    List<KnownRow> ofRows = new ArrayList<>();
    List<Prediction> ofPredictions = new ArrayList<>();
    List<DeadLetter> letters = new ArrayList<>();
    for (String card : cards) {
      int offset = files * 10 + cards.indexOf(card);
      long at = NOON + offset;
      ofEvents.add(event(card, at, offset));
      ofRows.add(
          new KnownRow(
              new FeatureRow("pair_v1", EntityKey.of("s|1", card), at + 1, at, 1, Values.of(1L)),
              at + 5,
              OptionalLong.empty()));
      // Told by its request alone.
      ofPredictions.add(
          new Prediction("pay-0@" + offset, "k", "svc", "m", 1, at, at, at, Values.of(7L), 0.5));
      letters.add(
          new DeadLetter(
              "payments",
              new Position("pay", 0, offset),
              at,
              "bad",
              "(" + card + ")",
              new byte[1]));
    }
    write(events, ofEvents);
    write(rows, ofRows);
    write(predictions, ofPredictions);
    write(OfflineTables.deadLetters(), letters);
  }

  private <T> void write(OfflineTable<T> table, List<T> all) throws Exception {
    String path = "dt=2024-05-01/part-" + 100 + files++ + ".parquet";
    Path file = store.folder(table).resolve(path);
    Files.createDirectories(file.getParent());
    try (var writer = ParquetRowWriter.open(table, file)) {
      for (T row : all) {
        writer.write(row);
      }
    }
    var change = DataFiles.append(List.of(DataFiles.describe(path, file)));
    StoreFolder.snapshots(store.folder(table), CLOCK).commit(before -> Optional.of(change));
  }

  /** All rows of all tables, told by their cards: {@code (a)}. */
  private Map<String, List<String>> rows() {
    Map<String, List<String>> all = new TreeMap<>();
    Map<String, String> cardOf = new TreeMap<>();
    for (String table :
        List.of("events/payments", "features/pair/v1", "predictions/m", "dead-letters")) {
      List<String> texts = new ArrayList<>();
      TableFiles.latest(store.root().resolve(table))
          .all()
          .forEach(
              file ->
                  RowRemoval.find(
                      file,
                      row -> {
                        Object card =
                            row.hasField("card")
                                ? row.get("card")
                                : row.hasField("detail")
                                    ? ""
                                    : cardOf.get(row.get("id").toString());
                        if (row.hasField("source_offset")) {
                          cardOf.put("pay-0@" + row.get("source_offset"), card.toString());
                        }
                        texts.add("(" + card + ") " + row);
                        return false;
                      }));
      texts.sort(null);
      all.put(table, texts);
    }
    return all;
  }
}
