package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.server.backfill.Backfill;
import io.millrace.server.backfill.BackfillException;
import io.millrace.server.backfill.BackfillOptions;
import io.millrace.server.job.Checkpoints;
import io.millrace.server.job.JobProcess;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A second version of a view beside the first, killed on its way, against the first. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class BackfillTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final int PARTITIONS = 3;
  private static final long SEED = 20260521;
  private static final long START = Instant.parse("2024-05-01T00:00:00Z").toEpochMilli();
  private static final long STEP = 30_000;
  private static final Duration DISORDER = Duration.ofMinutes(10);
  private static final String COLUMNS =
      "card, epoch_ms(as_of), epoch_ms(last_event_time), spent_10m, payments_1h, largest_1h, total";

  @TempDir Path temp;
  private final Random random = new Random(SEED);
  private int sent;

  @Test
  void shouldMakeTheSameRowsAsTheJobThatRanAllAlongThoughKilledBeforeAndAfterTheEdge()
      throws Exception {
    Path first = define("first", 1);
    Path second = define("second", 2);
    Definitions definitions = DefinitionFiles.load(second, Map.of());
    EventSource payments = definitions.source("payments");
    OfflineStore store = new OfflineStore(temp.resolve("offline"));
    try (WorkFolder work = WorkFolder.open(temp.resolve("work"));
        WorkFolder beside = WorkFolder.open(temp.resolve("beside"));
        KafkaBroker kafka = KafkaBroker.start(work, HOME);
        RegistryServer registry = RegistryServer.start(work, HOME);
        RedisServer redis = RedisServer.start(work, HOME);
        KafkaProducer<byte[], byte[]> producer = producer(kafka)) {
      Topics.require(kafka.bootstrapServers(), List.of("payments"), PARTITIONS);
      EventCodec codec =
          new EventCodec(payments, new ConfluentSchemaRegistry(registry.url(), Map.of()));
      send(producer, codec, 6_000);
      try (JobProcess along = alongside(work, first, kafka, registry, redis, store)) {
        await("6,000 recorded", () -> recorded(store, payments) == 6_000);

        BackfillOptions slow =
            options(second, kafka, registry, redis, store, Duration.ofMinutes(5), false, false);
        killInHistory(slow, definitions, beside);
        assertThat(along.rest().job()).isPresent();

        assertThatThrownBy(() -> backfill(slow, definitions, event -> {}).run(beside))
            .isInstanceOf(BackfillException.class)
            .hasMessageContaining("card version 2 has rows in")
            .hasMessageContaining("--resume goes on");

        killWhenLive(
            options(second, kafka, registry, redis, store, Duration.ofDays(30), true, false),
            definitions,
            beside,
            () -> send(producer, codec, 1_500));

        BackfillOptions toTheEnd =
            options(second, kafka, registry, redis, store, Duration.ofDays(30), true, true);
        Path savepoint = backfill(toTheEnd, definitions, event -> {}).run(beside);
        assertThat(savepoint).isDirectory();
        assertThat(savepoint.getFileName().toString()).startsWith("savepoint-");

        send(producer, codec, 1_500);
        beat(producer, START + sent * STEP + Duration.ofDays(2).toMillis());
        untilEqual(toTheEnd, definitions, beside, store);
      }
    }
  }

  private void killInHistory(BackfillOptions options, Definitions definitions, WorkFolder work) {
    assertThatThrownBy(
            () ->
                backfill(
                        options,
                        definitions,
                        event -> {
                          if (event.text().startsWith("history: ")
                              && Checkpoints.newest(work.folder("checkpoints")).isPresent()
                              && hasRows()) {
                            event.job().kill();
                          }
                        })
                    .run(work))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("has died");
  }

  private boolean hasRows() {
    return Files.exists(temp.resolve("offline/features/card/v2/_snapshots"));
  }

  private void killWhenLive(
      BackfillOptions options, Definitions definitions, WorkFolder work, Runnable traffic) {
    AtomicBoolean caughtUp = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                backfill(
                        options,
                        definitions,
                        event -> {
                          if (event.text().startsWith("caught up at payments-0@")) {
                            caughtUp.set(true);
                            traffic.run();
                          } else if (caughtUp.get()) {
                            event.job().kill();
                          }
                        })
                    .run(work))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("has died");
    assertThat(caughtUp).isTrue();
  }

  /** Lets it go on from its savepoint until both versions have the same rows, each once. */
  private void untilEqual(
      BackfillOptions options, Definitions definitions, WorkFolder work, OfflineStore store)
      throws Exception {
    BackfillOptions onAndOn =
        new BackfillOptions(
            options.definitions(),
            options.variables(),
            options.service(),
            options.views(),
            options.offline(),
            options.online(),
            options.bootstrap(),
            options.registry(),
            options.home(),
            options.parallelism(),
            options.alignment(),
            options.checkpointInterval(),
            true,
            false);
    // The last payment leaves the window of an hour.
    long lastMs = START + sent * STEP + Duration.ofMinutes(45).toMillis();
    StoreByCommand stored = new StoreByCommand(store.root());
    CountDownLatch ended = new CountDownLatch(1);
    Thread running =
        new Thread(
            () -> {
              try {
                backfill(onAndOn, definitions, event -> {}).run(work);
              } catch (Exception e) {
                ended.countDown(); // interrupted below
              }
            });
    running.start();
    try {
      await(
          "as many rows of both versions",
          () ->
              stored
                  .row(
                      "SELECT count(DISTINCT (card, as_of)) || ' ' ||"
                          + " (SELECT count(DISTINCT (card, as_of)) FROM card_v1) || ' ' ||"
                          + " least(max(epoch_ms(as_of)), (SELECT max(epoch_ms(as_of)) FROM card_v1))"
                          + " FROM card_v2")
                  .transform(
                      text -> {
                        String[] parts = text.split(" ");
                        return parts[0].equals(parts[1]) && Long.parseLong(parts[2]) >= lastMs;
                      }));
    } finally {
      running.interrupt();
      assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
    }
    for (String[] sides : new String[][] {{"card_v1", "card_v2"}, {"card_v2", "card_v1"}}) {
      assertThat(
              stored.row(
                  "SELECT count(*) FROM (SELECT %s FROM %s EXCEPT SELECT %s FROM %s)"
                      .formatted(COLUMNS, sides[0], COLUMNS, sides[1])))
          .as("seed %d, rows of %s that %s has not", SEED, sides[0], sides[1])
          .isEqualTo("0");
    }
    assertThat(stored.row("SELECT count(*) - count(DISTINCT (card, as_of, sequence)) FROM card_v2"))
        .as("rows that were written twice")
        .isEqualTo("0");
    assertThat(stored.count("card_v2")).isGreaterThan(9_000);
    assertThat(stored.count("payments")).isEqualTo(9_000);
  }

  private record Told(JobProcess job, String text) {}

  @FunctionalInterface
  private interface Watcher {
    void see(Told told);
  }

  private static Backfill backfill(
      BackfillOptions options, Definitions definitions, Watcher watcher) {
    return new Backfill(
        options,
        definitions,
        InstantSource.system(),
        new Backfill.Listener() {
          private JobProcess job;

          @Override
          public void progress(String text) {
            watcher.see(new Told(job, text));
          }

          @Override
          public void line(String text) {
            watcher.see(new Told(job, text));
          }

          @Override
          public void started(JobProcess started) {
            job = started;
          }
        });
  }

  private static BackfillOptions options(
      Path definitions,
      KafkaBroker kafka,
      RegistryServer registry,
      RedisServer redis,
      OfflineStore store,
      Duration alignment,
      boolean resume,
      boolean exit) {
    return new BackfillOptions(
        definitions,
        Map.of(),
        "credit_v1",
        List.of("card"),
        store.root(),
        Map.of("online.store", "redis", "online.redis.nodes", redis.address()),
        kafka.bootstrapServers(),
        registry.url(),
        HOME,
        2,
        alignment,
        Duration.ofMillis(500),
        resume,
        exit);
  }

  private static JobProcess alongside(
      WorkFolder work,
      Path definitions,
      KafkaBroker kafka,
      RegistryServer registry,
      RedisServer redis,
      OfflineStore store) {
    return JobProcess.start(
        JobProcess.Kind.FEATURES,
        work,
        HOME,
        List.of(
            "--definitions", definitions.toString(),
            "--service", "credit_v1",
            "--kafka.bootstrap-servers", kafka.bootstrapServers(),
            "--registry.url", registry.url(),
            "--offline.path", store.root().toString(),
            "--online.store", "redis",
            "--online.redis.nodes", redis.address(),
            "--models.path", work.folder("models").toString(),
            "--checkpoints.path", work.folder("checkpoints").toString(),
            "--checkpoints.interval", "PT1S"));
  }

  private Path define(String name, int version) throws Exception {
    Path folder = Files.createDirectories(temp.resolve(name));
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "amount", "type": "double"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m}
        ---
        kind: FeatureView
        name: card
        version: %d
        entity: {keys: [card]}
        source: payments
        features:
          spent_10m: {sum: amount, window: 10m}
          payments_1h: {count: "*", window: 1h, resolution: 5m}
          largest_1h: {max: amount, window: 1h, resolution: 5m}
          total: {sum: amount}
        ---
        kind: FeatureService
        name: credit_v1
        request: payments
        features: [card.*]
        """
            .formatted(version));
    return folder;
  }

  private static KafkaProducer<byte[], byte[]> producer(KafkaBroker kafka) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", kafka.bootstrapServers(), "acks", "all"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** Payments with disorder, also between partitions, and ties. */
  private void send(KafkaProducer<byte[], byte[]> producer, EventCodec codec, int count) {
    for (int i = 0; i < count; i++) {
      long atMs = START + sent * STEP - random.nextInt((int) (DISORDER.toMillis() / STEP)) * STEP;
      Values values =
          Values.of(
              "c" + random.nextInt(20), random.nextDouble() * 100, Instant.ofEpochMilli(atMs));
      producer.send(
          new ProducerRecord<>("payments", random.nextInt(PARTITIONS), null, codec.encode(values)));
      sent++;
    }
    producer.flush();
  }

  private static void beat(KafkaProducer<byte[], byte[]> producer, long timeMs) {
    for (int i = 0; i < PARTITIONS; i++) {
      producer.send(
          new ProducerRecord<byte[], byte[]>(
              "payments",
              i,
              (byte[]) null,
              null,
              List.of(new RecordHeader(Heartbeat.HEADER, Heartbeat.encode(timeMs)))));
    }
    producer.flush();
  }

  private static long recorded(OfflineStore store, EventSource source) {
    return new TableSnapshots(
            new LocalStoreFiles(store.folder(OfflineTables.events(source))), InstantSource.system())
        .latest()
        .map(Snapshot::rows)
        .orElse(0L);
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time: " + what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(300);
    }
  }
}
