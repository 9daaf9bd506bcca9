package io.millrace.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.history.RecordedEvents;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.training.SpineCounts;
import io.millrace.offline.training.SpineListener;
import io.millrace.offline.training.SpineSet;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training sets made by a bounded job, against those that one process makes. */
class TrainingSetJobTest {
  private static final SpineListener SILENT = (step, rows, ofRows, events) -> {};

  private static MiniCluster cluster;

  @TempDir Path folder;
  private Path definitionFiles;
  private DefinitionSet set;
  private Path spine;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setNumTaskManagers(2)
                .setNumSlotsPerTaskManager(2)
                .setConfiguration(configuration())
                .build());
    cluster.start();
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    return configuration;
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
  }

  /** Two files of history, of several groups, with many events of one instant in both. */
  @BeforeEach
  void define() throws Exception {
    definitionFiles = Files.createDirectory(folder.resolve("definitions"));
    Files.createDirectory(folder.resolve("payments"));
    Files.writeString(
        definitionFiles.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": ["null", "string"], "default": null},
          {"name": "shop", "type": ["null", "string"], "default": null},
          {"name": "amount", "type": ["null", "double"], "default": null},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        definitionFiles.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m}
        history: {path: %s}
        expect: [{name: sane, check: "amount < 29.5", on-fail: dead-letter}]
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card], nulls: skip}
        source: payments
        features:
          payments_2h: {count: "*", window: 2h}
          mean_1d: {avg: amount, window: 1d, resolution: 1h}
          sum: {sum: amount}
          last_amount: {last: amount, default: -1}
        ---
        kind: FeatureView
        name: shop
        entity: {keys: [shop], nulls: skip}
        source: payments
        ttl: 2d
        features:
          mean_3h: {avg: amount, window: 3h}
        ---
        kind: FeatureView
        name: card_at_shop
        entity: {keys: [card], nulls: skip}
        source: payments
        join:
          shop: {view: shop}
        features:
          excess_6h: {avg: "amount - shop__mean_3h", window: 6h}
        ---
        kind: FeatureView
        name: shop_peak
        entity: {keys: [shop], nulls: skip}
        source: {view: shop}
        features:
          highest_1d: {max: mean_3h, window: 1d}
        ---
        kind: FeatureService
        name: chained
        request: payments
        features:
          - card.*
          - card_at_shop.*
          - shop_peak.*
          - {name: over, expr: "amount > shop_peak__highest_1d"}
        ---
        kind: FeatureService
        name: plain
        request: payments
        features: [card.*, shop.*]
        """
            .formatted(folder.resolve("payments")));
    String random = "hash(i * 7 + %d) %% %d";
    String payments =
        "select case when "
            + random.formatted(1, 9)
            + " > 0 then 'c' || ("
            + random.formatted(2, 20)
            + ") end card, case when "
            + random.formatted(3, 9)
            + " > 0 then 's' || ("
            + random.formatted(4, 5)
            + ") end shop, case when "
            + random.formatted(5, 9)
            + " > 0 then ("
            + random.formatted(6, 30_000)
            + ") / 1000.0::double end amount, epoch_ms(1772323200000 + ("
            + random.formatted(7, 4_000)
            + ")::bigint * 100000) \"at\"";
    spine = folder.resolve("spine.parquet");
    write(payments + " from range(7000) t(i)", folder.resolve("payments/b.parquet"), 2048);
    write(payments + " from range(7000, 12000) t(i)", folder.resolve("payments/a.parquet"), 2048);
    // From a day before the history to a day after it, with equal rows.
    write(
        "select id, \"at\" + (id % 3 - 1) * interval 1 day as \"at\", card, shop, amount, [1, id] as"
            + " tags, 'x' || id as note from ("
            + payments.replace("i * 7", "(i % 2900) * 13")
            + ", i % 2900 as id from range(3000) t(i))",
        spine,
        2048);
    set = DefinitionSet.read(definitionFiles, Map.of());
  }

  private static void write(String query, Path file, int groupRows) throws Exception {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute(
          "copy ("
              + query
              + ") to '"
              + file
              + "' (format parquet, row_group_size "
              + groupRows
              + ")");
    }
  }

  @Test
  void shouldMakeTheBytesThatOneProcessMakesForAnyParallelism() throws Exception {
    for (String service : List.of("chained", "plain")) {
      Path one = folder.resolve(service);
      SpineCounts counts;
      SpineSet local = SpineSet.of(set.definitions(), service, spine, SpineOptions.defaults());
      try (MergedHistory past = MergedHistory.open(local.sources(), HistoryRange.all())) {
        counts = local.write(past, one, SILENT);
      }
      assertThat(counts.rows()).isEqualTo(3000);
      assertThat(counts.refused()).isBetween(100L, 1_000L);
      assertThat(List.of(counts.beforeHistory(), counts.afterHistory()))
          .allSatisfy(rows -> assertThat(rows).isPositive());
      for (int parallelism : service.equals("plain") ? new int[] {2} : new int[] {1, 2, 4}) {
        Path out = folder.resolve(service + parallelism);
        assertThat(make(out, parallelism, "--service", service))
            .as("%s, %d subtasks", service, parallelism)
            .isEqualTo(counts);
        assertThat(contents(out))
            .as("%s, %d subtasks", service, parallelism)
            .isEqualTo(contents(one));
      }
    }
  }

  @Test
  void shouldReadTheStoreAndWhatWasKnownAsOneProcessDoes() throws Exception {
    OfflineStore store = new OfflineStore(folder.resolve("store"));
    EventSource payments = set.definitions().source("payments");
    fill(store, payments);

    Path stored = folder.resolve("stored");
    SpineSet local = SpineSet.of(set.definitions(), "plain", spine, SpineOptions.defaults());
    SpineCounts counts =
        local.write(StoredHistory.open(store, local.sources(), HistoryRange.all()), stored, SILENT);
    Path out = folder.resolve("stored2");
    assertThat(make(out, 2, "--service", "plain", "--store", store.root().toString()))
        .isEqualTo(counts);
    assertThat(contents(out)).isEqualTo(contents(stored));

    Path known = folder.resolve("known");
    counts =
        local.writeAsKnown(RecordedEvents.asKnown(store, local.sources(), Map.of()), known, SILENT);
    out = folder.resolve("known2");
    assertThat(
            make(
                out,
                2,
                "--service",
                "plain",
                "--store",
                store.root().toString(),
                "--as-known",
                "true"))
        .isEqualTo(counts);
    assertThat(contents(out)).isEqualTo(contents(known)).isNotEqualTo(contents(stored));
  }

  /** Each event known up to three hours after its time. */
  private static void fill(OfflineStore store, EventSource source) throws Exception {
    Map<LocalDate, List<Known<Event>>> days = new TreeMap<>();
    try (MergedHistory past = MergedHistory.open(List.of(source), HistoryRange.all())) {
      for (long offset = 0; past.hasNext(); offset++) {
        Event event = past.next();
        Event stored =
            new Event(
                source.name(),
                event.timeMs(),
                new io.millrace.feature.Position(source.topic(), (int) (offset % 3), offset),
                event.values());
        long knownMs = event.timeMs() + offset % 7 * 1_800_000;
        days.computeIfAbsent(
                Instant.ofEpochMilli(event.timeMs()).atZone(ZoneOffset.UTC).toLocalDate(),
                day -> new ArrayList<>())
            .add(new Known<>(stored, knownMs));
      }
    }
    for (List<Known<Event>> day : days.values()) {
      Path file =
          store.partition(OfflineTables.events(source), day.get(0)).resolve("events.parquet");
      try (ParquetRowWriter<Known<Event>> writer =
          ParquetRowWriter.open(OfflineTables.events(source), file)) {
        for (Known<Event> known : day) {
          writer.write(known);
        }
      }
    }
  }

  @Test
  void shouldLeaveNothingAndNameTheFileThatIsDamaged() throws Exception {
    Path damaged = folder.resolve("payments/b.parquet");
    byte[] bytes = Files.readAllBytes(damaged);
    for (int i = 100; i < 2_000; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
    Files.write(damaged, bytes);
    Path out = folder.resolve("out");

    assertThatThrownBy(() -> make(out, 2, "--service", "plain"))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(damaged + " is damaged: row ")
        .hasMessageEndingWith("copy or write the file again");
    assertThat(out).doesNotExist();
    assertThat(folder.resolve(".out.partial")).doesNotExist();
  }

  @Test
  void shouldSayWhatIsWrongWithItsArguments() {
    assertThatThrownBy(
            () ->
                TrainingSetJobConfig.of(
                    "--definitions",
                    "d",
                    "--service",
                    "s",
                    "--out",
                    "o",
                    "--snapshot",
                    "a=x",
                    "--as-known",
                    "true",
                    "--cluster",
                    "here",
                    "--parallelism",
                    "0",
                    "--memory",
                    "63"))
        .hasMessage(
            "--spine is missing: The rows: .parquet, .csv, .csv.gz or .csv.zst, with keys and a"
                + " time.\n"
                + "--snapshot needs --store, whose snapshots are meant\n"
                + "--as-known needs --store, which knows when an event became known\n"
                + "--cluster is host:port, such as jobmanager:8081, but it is here\n"
                + "--parallelism is 1 or more\n"
                + "--memory is 64 MB or more\n"
                + "--snapshot is SOURCE=ID, such as arrived=12, but it is a=x");
  }

  private SpineCounts make(Path out, int parallelism, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--definitions", definitionFiles.toString(),
                "--spine", spine.toString(),
                "--out", out.toString(),
                "--parallelism", Integer.toString(parallelism),
                "--cluster", cluster.getRestAddress().get().getAuthority()));
    arguments.addAll(List.of(options));
    TrainingSetJobConfig config = TrainingSetJobConfig.of(arguments.toArray(String[]::new));
    try (StreamExecutionEnvironment env = TrainingSetJob.environment(config)) {
      return TrainingSetJob.run(env, config, set);
    }
  }

  private static Map<String, String> contents(Path folder) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(),
            java.util.HexFormat.of()
                .formatHex(
                    java.security.MessageDigest.getInstance("SHA-256")
                        .digest(Files.readAllBytes(file))));
      }
    }
    return contents;
  }
}
