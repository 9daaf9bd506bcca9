package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.erasure.SideJobs;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.Millrace;
import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * A subject is erased from the whole loop while its events go on coming: a service that scores and
 * writes to Redis, the job that waits for its labels, and a backfill of another version of a view.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class EraseLoopTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String SUBJECT = "Zebedee-4711";
  private static final String SERVICE = "cards_v1";
  private static final String MODEL = "fraud";
  private static final int EVENTS = 1_000;
  private static final long SEED = 20261122;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REWRITING = "erase: rewriting the offline store";

  @TempDir Path temp;
  private final Random random = new Random(SEED);
  private Definitions definitions;
  private WorkFolder work;
  private KafkaProducer<byte[], byte[]> producer;
  private EventCodec payments;
  private EventCodec disputes;
  private String bootstrap;
  private String registryUrl;
  private String redisAddress;
  private Instant promised = Instant.EPOCH;

  @Test
  void shouldLeaveNoTraceInTheLoopThoughItsEventsGoOn() throws Exception {
    Path first = define("first", 1);
    define("second", 2);
    definitions = DefinitionFiles.load(first, Map.of());
    try (WorkFolder folder = WorkFolder.open(temp.resolve("work"));
        KafkaBroker broker = KafkaBroker.start(folder, HOME);
        RegistryServer registryServer = RegistryServer.start(folder, HOME);
        RedisServer redis = RedisServer.start(folder, HOME);
        KafkaProducer<byte[], byte[]> sending =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", "1"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      work = folder;
      producer = sending;
      bootstrap = broker.bootstrapServers();
      registryUrl = registryServer.url();
      redisAddress = redis.address();
      SchemaRegistry registry = new ConfluentSchemaRegistry(registryUrl, Map.of());
      payments = new EventCodec(definitions.source("payments"), registry);
      disputes = new EventCodec(definitions.source("disputes"), registry);
      Topics.require(bootstrap, List.of("payments", "disputes", "predictions-" + SERVICE), 2);
      ConstantModel.save(
          work.folder("models"),
          MODEL,
          VectorPlan.of(definitions.service(SERVICE), definitions).vectorSchema());
      sendHistory();
      try (ChildProcess features = features();
          ChildProcess monitor = monitor()) {
        await("all payments are stored", () -> stored().count("payments") == EVENTS);
        try (ChildProcess views = views()) {
          drill(views);
        } catch (AssertionError e) {
          throw new AssertionError(
              e.getMessage() + "; the jobs say: " + features.quote() + monitor.quote(), e);
        }
      }
    }
  }

  private void drill(ChildProcess views) throws Exception {
    List<Path> places =
        List.of(
            store(),
            work.folder("checkpoints"),
            work.folder("monitor-checkpoints"),
            work.folder("views-checkpoints"),
            work.folder("redis"),
            work.folder("tmp"),
            work.logs(),
            temp.resolve("receipt.json"));
    await("all are scored", () -> stored().count("predictions") == EVENTS);
    await(
        "some have their label",
        () -> stored().count("outcomes_cards_v1 WHERE request_key LIKE '" + SUBJECT + "%'") > 0);
    await(
        "the other version has its rows",
        () -> stored().count("card_v2") >= stored().count("card_v1"));
    // So that it writes in clear what it writes anew.
    try (Jedis client = redis()) {
      client.configSet("aof-use-rdb-preamble", "no");
      client.bgrewriteaof();
    }
    await(
        "the search finds it everywhere",
        () ->
            Stream.of(
                    "offline/predictions",
                    "offline/outcomes",
                    "offline/features",
                    "/checkpoints",
                    "views-checkpoints",
                    "monitor-checkpoints",
                    "redis")
                .allMatch(
                    part -> found(places).stream().anyMatch(f -> f.toString().contains(part))));

    Path receipt = temp.resolve("receipt.json");
    String printed = eraseWhileItsEventsCome(receipt);

    JsonNode said = JSON.readTree(receipt.toFile()).path("receipt");
    String drill = "seed " + SEED + ", " + said + printed;
    assertThat(said.path("complete").asBoolean()).as(drill).isTrue();
    for (String job : List.of("features cards_v1", "monitor cards_v1", beside())) {
      assertThat(said.at("/jobs/" + job + "/checkpoint").asLong()).as(drill).isPositive();
      assertThat(Instant.parse(said.at("/jobs/" + job + "/obeyed-at").asText()))
          .as(drill)
          .isBetween(
              Instant.parse(said.path("asked-at").asText()),
              Instant.parse(said.path("done-at").asText()));
    }
    assertThat(dropped(said, "monitor cards_v1", "outcomes-join"))
        .as("open predictions and labels, " + drill)
        .isPositive();
    assertThat(said.at("/online/rows").asLong()).as("of three views, " + drill).isGreaterThan(2);
    // All that was on its way has gone through.
    for (int partition = 0; partition < 2; partition++) {
      pay(partition, "other", "s1", "after-" + partition, 1, now());
    }
    push();
    await(
        "others go on", () -> stored().count("card_v1 WHERE card = 'other' AND payments = 2") > 0);
    await("in the other job too", () -> stored().count("card_v2 WHERE card = 'other'") > 0);
    await(
        "they are scored",
        () -> stored().count("predictions WHERE request_key LIKE 'other|%'") == 2);
    await("no byte of it is left, " + drill, () -> found(places).isEmpty());
    for (String table :
        List.of(
            "payments",
            "disputes",
            "card_v1",
            "card_v2",
            "card_shop_v1",
            "predictions",
            "outcomes_cards_v1",
            "dead_letters")) {
      assertThat(stored().sql("SELECT * FROM " + table)).as(drill).doesNotContain(SUBJECT);
    }
    assertThat(stored().count("dead_letters WHERE reason = 'erased'")).as("refused").isPositive();

    // What comes later is of a new subject.
    pay(0, SUBJECT, "s1", "new", 7, now());
    push();
    await(
        "a new subject begins",
        () -> stored().count("predictions WHERE request_key = '" + SUBJECT + "|new'") == 1);
    await(
        "with nothing before", () -> stored().count("card_v1 WHERE card = '" + SUBJECT + "'") > 0);
    assertThat(stored().number("SELECT max(payments) FROM card_v1 WHERE card = '" + SUBJECT + "'"))
        .isEqualTo(1);

    // The backfill is gone, but not its checkpoints: it could go on from them.
    views.kill();
    assertThat(StoreByCommand.millrace(1, erase("card=c0", "--wait", "PT1S")))
        .contains(
            "remains: state in job " + beside() + " until it did not obey (CLOSE) within PT1S")
        .contains("or delete its checkpoints (and, ")
        .contains(work.folder("views-checkpoints").toString());
    delete(work.folder("views-checkpoints"));
    assertThat(StoreByCommand.millrace(0, erase("card=c0"))).contains("erased; the receipt is ");
  }

  /** Until nothing but the rewriting of the offline store is left to do. */
  private String eraseWhileItsEventsCome(Path receipt) throws Exception {
    StringWriter err = new StringWriter();
    StringWriter out = new StringWriter();
    List<String> command =
        erase("card=" + SUBJECT, "--receipt", receipt.toString(), "--requested-by", "ann");
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(
            () ->
                Millrace.run(
                    new PrintWriter(out, true),
                    new PrintWriter(err, true),
                    command.toArray(String[]::new)));
    int sent = 0;
    while (!status.isDone() && !err.toString().contains(REWRITING)) {
      String payment = "live-" + sent;
      // A shop of its own each: keys that only the newest rows name.
      pay(sent % 2, SUBJECT, "shop-" + sent, payment, 1, now());
      if (sent % 5 == 0) {
        dispute(SUBJECT, payment, true, now());
        push();
      }
      sent++;
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    int got = status.get(LIMIT.toSeconds() * 4, TimeUnit.SECONDS);
    assertThat(got).as("%s%s", out, err).isZero();
    assertThat(sent).as("events that came meanwhile").isGreaterThan(10);
    return out.toString() + err;
  }

  private static long dropped(JsonNode said, String job, String operator) {
    long count = 0;
    for (Map.Entry<String, JsonNode> part : said.at("/jobs/" + job + "/dropped").properties()) {
      if (part.getKey().startsWith(operator + "-")) {
        count += part.getValue().asLong();
      }
    }
    return count;
  }

  private void sendHistory() throws Exception {
    Instant at = Instant.now().minusSeconds(2L * EVENTS);
    for (int i = 0; i < EVENTS; i++) {
      at = at.plusMillis(1_000);
      String card = i % 10 == 7 ? SUBJECT : "c" + random.nextInt(10);
      pay(i % 2, card, "s" + random.nextInt(3), "p" + i, random.nextInt(1_000), at);
      if (i % 20 < 10) {
        dispute(card, "p" + i, i % 3 == 0, at.plusMillis(500));
      }
    }
    dispute(SUBJECT, "never-made", true, at.minusSeconds(100));
    push();
  }

  private void pay(
      int partition, String card, String shop, String payment, long amount, Instant at) {
    producer.send(
        new ProducerRecord<>(
            "payments",
            partition,
            null,
            payments.encode(Values.of(card, shop, payment, amount, at))));
  }

  private void dispute(String card, String payment, boolean fraud, Instant at) {
    producer.send(
        new ProducerRecord<>(
            "disputes", 0, null, disputes.encode(Values.of(card, payment, fraud, at))));
  }

  /** Now, or later if a beat has promised that nothing comes that is as early. */
  private Instant now() {
    Instant now = Instant.now();
    return now.isAfter(promised) ? now : promised.plusMillis(1);
  }

  /** The watermarks of all partitions go past what was sent, also in this millisecond. */
  private void push() throws Exception {
    promised = now().plusMillis(1_100);
    for (String topic : List.of("payments", "disputes")) {
      for (int partition = 0; partition < 2; partition++) {
        ProducerRecord<byte[], byte[]> beat = new ProducerRecord<>(topic, partition, null, null);
        beat.headers().add(Heartbeat.HEADER, Heartbeat.encode(promised.toEpochMilli()));
        producer.send(beat).get();
      }
    }
  }

  private List<String> erase(String entity, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "erase",
                "--definitions",
                temp.resolve("first").toString(),
                "--entity",
                entity,
                "--store",
                store().toString(),
                "--online",
                "redis:" + redisAddress,
                "--checkpoints",
                work.folder("checkpoints").toString(),
                "--checkpoints",
                work.folder("monitor-checkpoints").toString(),
                "--monitored",
                "--bootstrap",
                bootstrap,
                "--registry",
                registryUrl));
    command.addAll(List.of(more));
    return command;
  }

  private ChildProcess features() {
    List<String> arguments = arguments("first", work.folder("checkpoints"));
    arguments.addAll(List.of("--model", MODEL));
    online(arguments);
    return start("features", "FeatureJob", arguments);
  }

  private ChildProcess monitor() {
    List<String> arguments = arguments("first", work.folder("monitor-checkpoints"));
    arguments.addAll(List.of("--predictions.disorder", "PT1S", "--source.idleness", "PT1S"));
    arguments.addAll(List.of("--parallelism", "1"));
    return start("monitor", "MonitorJob", arguments);
  }

  /** As a backfill starts it. */
  private ChildProcess views() {
    List<String> arguments = arguments("second", work.folder("views-checkpoints"));
    arguments.addAll(
        List.of(
            "--views", "card", "--start.history", store().toString(), "--kafka.group", "beside"));
    arguments.addAll(List.of("--parallelism", "1"));
    online(arguments);
    return start("views", "FeatureJob", arguments);
  }

  private ChildProcess start(String name, String main, List<String> arguments) {
    Path jobs = HOME.resolve("flink-jobs/target");
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-Xmx700m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + work.folder("tmp"),
                "-Dlog4j2.configurationFile=" + HOME.resolve("deploy/log4j2-job.xml").toUri(),
                "-cp",
                jobs.resolve("classes") + ":" + Jvm.requireBuilt(jobs.resolve("lib")) + "/*",
                "io.millrace.jobs." + main,
                "--local",
                "true"));
    command.addAll(arguments);
    return ChildProcess.start(work, name, command, Map.of("ORT_DISABLE_TELEMETRY", "1"));
  }

  private void online(List<String> arguments) {
    arguments.addAll(List.of("--online.store", "redis", "--online.redis.nodes", redisAddress));
  }

  private List<String> arguments(String definitionFolder, Path checkpoints) {
    return new ArrayList<>(
        List.of(
            "--definitions",
            temp.resolve(definitionFolder).toString(),
            "--service",
            SERVICE,
            "--kafka.bootstrap-servers",
            bootstrap,
            "--registry.url",
            registryUrl,
            "--offline.path",
            store().toString(),
            "--models.path",
            work.folder("models").toString(),
            "--checkpoints.path",
            checkpoints.toString(),
            "--checkpoints.interval",
            "PT0.5S"));
  }

  private String beside() {
    return SideJobs.nameOf(List.of("card"), work.folder("views-checkpoints"));
  }

  private Path define(String name, int version) throws Exception {
    Path folder = Files.createDirectories(temp.resolve(name));
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "shop", "type": "string"},
          {"name": "payment", "type": "string"},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("dispute.avsc"),
        """
        {"type": "record", "name": "dispute", "fields": [
          {"name": "card", "type": "string"},
          {"name": "payment", "type": "string"},
          {"name": "fraud", "type": "boolean"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 1s}
        ---
        kind: EventSource
        name: disputes
        topic: disputes
        schema: dispute.avsc
        event-time: {field: at, disorder: 1s}
        ---
        kind: FeatureView
        name: card
        version: %d
        entity: {keys: [card]}
        source: payments
        features:
          spent: {sum: amount}
          payments: {count: "*"}
          spent_1h: {sum: amount, window: 1h}
        ---
        kind: FeatureView
        name: card_shop
        entity: {keys: [shop, card]}
        source: payments
        features:
          largest: {max: amount}
        ---
        kind: FeatureService
        name: cards_v1
        request: payments
        features: [card.*, card_shop.*]
        label: {source: disputes, on: [card, payment], value: fraud, horizon: 2h}
        """
            .formatted(version));
    return folder;
  }

  private Jedis redis() {
    int colon = redisAddress.lastIndexOf(':');
    return new Jedis(
        redisAddress.substring(0, colon), Integer.parseInt(redisAddress.substring(colon + 1)));
  }

  private static List<Path> found(List<Path> places) {
    try {
      return SubjectSearch.filesWith(SUBJECT, places);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e); // files come and go while jobs run
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    Object last = false;
    while (!Boolean.TRUE.equals(last)) {
      try {
        last = condition.call();
      } catch (IOException | RuntimeException | AssertionError e) {
        last = e; // files come and go while jobs run
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("within " + LIMIT + ": " + what + ", but " + last);
      }
      LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
    }
  }

  private StoreByCommand stored() {
    return new StoreByCommand(store());
  }

  private Path store() {
    return work.folder("offline");
  }
}
