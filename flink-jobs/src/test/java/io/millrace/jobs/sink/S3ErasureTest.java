package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Subject;
import io.millrace.jobs.s3.TestS3;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.erasure.SignedReceipt;
import io.millrace.offline.erasure.StoreErasure;
import io.millrace.offline.erasure.StoreSecret;
import io.millrace.offline.erasure.TableReport;
import io.millrace.offline.maintenance.Verification;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.parquet.RowRemoval;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.TableSnapshots;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A subject is erased from tables that lie on an S3 server. */
class S3ErasureTest {
  private static final String TABLE = "events/payments";
  private static final String SUBJECT = "Zebedee-4711";
  private static final String OTHER_SUBJECT = "Florence-0815";
  private static final long NOON = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir static Path servers;
  private static TestS3 server;
  private static Configuration flink;

  @TempDir Path folder;
  private Definitions definitions;
  private OfflineTable<Known<Event>> payments;

  @BeforeAll
  static void start() throws Exception {
    server = TestS3.start(servers.resolve("s3"));
    flink = server.load();
  }

  @AfterAll
  static void end() {
    FileSystem.initialize(new Configuration(), null);
    server.close();
  }

  @BeforeEach
  void define() throws Exception {
    Path files = Files.createDirectory(folder.resolve("definitions"));
    Files.writeString(
        files.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        files.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: pay
        schema: payment.avsc
        event-time: {field: at}
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card]}
        source: payments
        features: {payments: {count: "*"}}
        """);
    definitions = DefinitionFiles.load(files, Map.of());
    payments = OfflineTables.events(definitions.source("payments"));
  }

  /** Wherever a run ends, nothing is torn, and the next leaves no byte of the subject. */
  @Test
  void shouldGoOnWhereverItWasCutOff() throws Exception {
    boolean cut = true;
    int steps = 0;
    for (; cut; steps++) {
      URI root = URI.create("s3://" + TestS3.BUCKET + "/cut-" + steps);
      StorePlace store = FlinkStorePlace.at(root, flink);
      write(store, 0, List.of("c1", "c2"));
      write(store, 1, List.of(SUBJECT, "c1"));
      write(store, 2, List.of(SUBJECT));
      assertThat(objectsWith(root, SUBJECT)).hasSize(2);
      cut = false;
      try {
        erase(new CutPlace(store, steps), SUBJECT);
      } catch (OfflineException e) {
        cut = true;
        assertThat(rows(store)).as("after %d steps", steps).contains("c1", "c2");
      }
      List<TableReport> again = erase(store, SUBJECT);
      assertThat(objectsWith(root, SUBJECT)).as("after %d steps, %s", steps, again).isEmpty();
      assertThat(rows(store)).as("after %d steps", steps).containsExactly("c1", "c1", "c2");
      assertThat(erase(store, SUBJECT)).as("after %d steps", steps).isEmpty();
      assertThat(new Verification(store.files(TABLE), TABLE).run(OptionalLong.empty()).problems())
          .as("after %d steps", steps)
          .isEmpty();
    }
    assertThat(steps).as("steps of a whole run").isGreaterThan(8);
  }

  /** Two subjects are erased at once while a job commits to the table. */
  @Test
  void shouldLeaveEveryRowOfTheOthersWhileTwoEraseAndOneWrites() throws Exception {
    URI root = URI.create("s3://" + TestS3.BUCKET + "/beside");
    int files = 12;
    for (int i = 0; i < 4; i++) {
      write(at(root), i, List.of("c" + i, SUBJECT, OTHER_SUBJECT));
    }
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Callable<List<TableReport>>> all =
          List.of(
              () -> erase(at(root), SUBJECT),
              () -> erase(at(root), OTHER_SUBJECT),
              () -> {
                for (int i = 4; i < files; i++) {
                  write(at(root), i, List.of("c" + i));
                }
                return List.of();
              });
      for (Future<List<TableReport>> one : threads.invokeAll(all)) {
        for (TableReport report : one.get(2, TimeUnit.MINUTES)) {
          assertThat(report.rows()).isEqualTo(4);
          assertThat(report.snapshotAfter()).isGreaterThan(report.snapshotBefore());
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(objectsWith(root, SUBJECT)).isEmpty();
    assertThat(objectsWith(root, OTHER_SUBJECT)).isEmpty();
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      wanted.add("c" + i);
    }
    assertThat(rows(at(root))).containsExactlyInAnyOrderElementsOf(wanted);
  }

  /** A rename is a copy: one that ends after an erasure has deleted the file brings it back. */
  @Test
  void shouldDeleteWhatASlowRenameBringsBack() throws Exception {
    URI root = URI.create("s3://" + TestS3.BUCKET + "/slow");
    StoreFiles files = at(root).files(TABLE);
    write(at(root), 0, List.of(SUBJECT, "c1"));
    // As a compaction that has not yet taken the name from what it replaced.
    DataFiles.Described compacted = put(at(root), 1, List.of(SUBJECT, "c1"));
    commit(
        at(root),
        Change.compact(
            List.of(compacted.file()),
            List.of(pathOf(0)),
            Map.of(compacted.file().schema(), compacted.schema())));
    AtomicBoolean first = new AtomicBoolean(true);
    StoreFiles slow =
        (StoreFiles)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {StoreFiles.class},
                (proxy, method, given) -> {
                  if (method.getName().equals("rename") && first.getAndSet(false)) {
                    byte[] copy = files.read((String) given[0]).orElseThrow();
                    assertThat(erase(at(root), SUBJECT)).hasSize(1);
                    assertThat(objectsWith(root, SUBJECT)).isEmpty();
                    assertThat(files.create((String) given[1], copy)).isTrue();
                    return null;
                  }
                  return method.invoke(files, given);
                });

    new TableSnapshots(slow, CLOCK).settle();

    assertThat(first).as("it renamed").isFalse();
    assertThat(objectsWith(root, SUBJECT)).isEmpty();
    assertThat(rows(at(root))).containsExactly("c1");
  }

  @Test
  void shouldKeepOneSecretOneKeyAndOneChainOfWhoAsked() throws Exception {
    URI root = URI.create("s3://" + TestS3.BUCKET + "/own");
    assertThatThrownBy(() -> StoreSecret.of(at(root)))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(
            "s3://lake/own/_erasure/secret is not there, by which they are known");
    int callers = 4;
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    List<Future<byte[]>> secrets = new ArrayList<>();
    try {
      for (int i = 0; i < callers; i++) {
        String who = "caller-" + i;
        secrets.add(
            threads.submit(
                () -> {
                  StorePlace store = at(root);
                  AuditLog audit = new AuditLog(store, CLOCK);
                  audit.add(who, "erase", Map.of("erasure", who));
                  audit.add(who, "erased", Map.of("erasure", who));
                  return StoreSecret.orNew(store);
                }));
      }
      for (Future<byte[]> one : secrets) {
        assertThat(one.get(2, TimeUnit.MINUTES)).hasSize(32).isEqualTo(StoreSecret.of(at(root)));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(new AuditLog(at(root), CLOCK).read())
        .as("no line is lost, and each has the hash of the one before")
        .extracting(AuditLog.Entry::n)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);

    for (int rows : List.of(1, 7)) {
      String signed =
          SignedReceipt.sign(at(root), new ObjectMapper().createObjectNode().put("rows", rows));
      assertThat(SignedReceipt.keep(at(root), "e1", signed))
          .isEqualTo("s3://lake/own/_erasure/receipts/e1.json");
    }
    assertThat(SignedReceipt.verify(at(root), "e1").path("rows").asInt())
        .as("of the call that went on")
        .isEqualTo(7);
    assertThatThrownBy(() -> SignedReceipt.verify(at(root), "e2"))
        .hasMessage("there is no receipt s3://lake/own/_erasure/receipts/e2.json; mend the path");
    StoreFiles audit = at(root).files("_audit");
    audit.delete("0000000003.json");
    assertThatThrownBy(() -> new AuditLog(at(root), CLOCK).read())
        .hasMessageContaining("the audit log s3://lake/own/_audit is broken at line 3");
  }

  @Test
  void shouldRefuseAServerThatCannotTellTwoWriters() {
    Configuration noKeys = new Configuration();
    StorePlace store = FlinkStorePlace.at(URI.create("s3://" + TestS3.BUCKET + "/none"), noKeys);
    assertThatThrownBy(() -> StoreSecret.orNew(store))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("takes commits of its job alone")
        .hasMessageContaining("s3.access-key and s3.secret-key in Flink's configuration");
  }

  private static StorePlace at(URI root) {
    return FlinkStorePlace.at(root, flink);
  }

  private List<TableReport> erase(StorePlace store, String card) {
    Erasure erasure =
        new Erasure("e", "card", "00", Erasure.Phase.SWEEP, NOON + 60_000, NOON + 60_000);
    return new StoreErasure(store, definitions, new Subject("card", card), erasure, CLOCK)
        .run(Long.MAX_VALUE, letter -> false);
  }

  private void write(StorePlace store, int number, List<String> cards) throws Exception {
    commit(store, DataFiles.append(List.of(put(store, number, cards))));
  }

  private static void commit(StorePlace store, Change change) {
    new TableSnapshots(store.files(TABLE), CLOCK).commit(before -> Optional.of(change));
  }

  private DataFiles.Described put(StorePlace store, int number, List<String> cards)
      throws Exception {
    String path = pathOf(number);
    StoreFiles files = store.files(TABLE);
    try (Scratch scratch = new Scratch(folder)) {
      Path draft = files.draft(path, scratch);
      try (var writer = ParquetRowWriter.open(payments, draft)) {
        for (String card : cards) {
          long offset = number * 10L + cards.indexOf(card);
          Values values = Values.of(card, Instant.ofEpochMilli(NOON + offset));
          writer.write(
              new Known<>(
                  new Event("payments", NOON + offset, new Position("pay", 0, offset), values),
                  NOON + offset));
        }
      }
      files.put(path, draft);
      return DataFiles.describe(path, draft);
    }
  }

  private static String pathOf(int number) {
    return "dt=2024-05-01/part-" + number + ".parquet";
  }

  /** The cards of all rows of the newest snapshot, in order. */
  private List<String> rows(StorePlace store) throws Exception {
    List<String> cards = new ArrayList<>();
    StoreFiles files = store.files(TABLE);
    try (Scratch scratch = new Scratch(folder)) {
      for (var file : new TableSnapshots(files, CLOCK).latest().orElseThrow().files().values()) {
        String name = files.exists(file.path()) ? file.path() : file.hiddenPath();
        RowRemoval.find(
            files.local(name, scratch), row -> cards.add(row.get("card").toString()) && false);
      }
    }
    cards.sort(null);
    return cards;
  }

  private List<String> objectsWith(URI root, String text) throws Exception {
    return new ObjectSearch(text, folder.resolve("looked-at")).below(root);
  }
}
