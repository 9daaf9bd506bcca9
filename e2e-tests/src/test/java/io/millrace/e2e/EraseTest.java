package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import io.millrace.online.ValueStatus;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A subject is erased from a job that runs, and every byte that is left is searched for it. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class EraseTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String SUBJECT = "Zebedee-4711";
  private static final int CARDS = 40;
  private static final int EVENTS = 4_000;
  private static final long SEED = 20261121;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DEFINITIONS =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at, disorder: 1s}
      expect: [{name: positive, check: "amount >= 0", on-fail: dead-letter}]
      ---
      kind: FeatureView
      name: card
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
      kind: FeatureView
      name: shop
      entity: {keys: [shop]}
      source: payments
      features:
        sold: {sum: amount}
      ---
      kind: FeatureService
      name: cards_v1
      request: payments
      features: [card.*, card_shop.*]
      """;

  @TempDir Path temp;
  private Definitions definitions;
  private KafkaProducer<byte[], byte[]> producer;
  private EventCodec codec;
  private String bootstrap;
  private String registryUrl;
  private int restPort;
  private Instant promised = Instant.EPOCH;

  @Test
  void shouldLeaveNoTraceOfASubjectAndEverythingOfTheOthers() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("definitions"));
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "shop", "type": "string"},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(folder.resolve("definitions.yaml"), DEFINITIONS);
    definitions = DefinitionFiles.load(folder, Map.of());
    try (WorkFolder work = WorkFolder.open(temp.resolve("work"));
        KafkaBroker broker = KafkaBroker.start(work, HOME);
        RegistryServer registry = RegistryServer.start(work, HOME)) {
      bootstrap = broker.bootstrapServers();
      registryUrl = registry.url();
      EventSource payments = definitions.source("payments");
      codec = new EventCodec(payments, new ConfluentSchemaRegistry(registryUrl, Map.of()));
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
        admin.createTopics(List.of(new NewTopic("payments", 2, (short) 1))).all().get();
      }
      producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
              new ByteArraySerializer(),
              new ByteArraySerializer());
      try {
        drill();
      } finally {
        producer.close();
      }
    }
  }

  private void drill() throws Exception {
    Process job = start(Optional.empty());
    try {
      sendHistory();
      await("all events are stored", () -> stored().count("payments") == EVENTS + 2);
      await(
          "its dead letter is stored",
          () -> stored().count("dead_letters WHERE reason = 'positive'") == 1);
      await(
          "sums that are no long are told: its own, and of the shop",
          () -> stored().count("dead_letters WHERE reason = 'overflow'") == 3);
      await("rows are online", () -> online(SUBJECT) != null);
      await("all rows are stored", this::isStill);
      assertThat(places()).contains("online", "checkpoints");
      assertThat(allRows()).as("the search finds it").contains(SUBJECT);
      Map<String, List<String>> before = rowsOfOthers();
      List<Values> onlineBefore = onlineOfOthers();
      String savepoint = savepoint();

      assertThat(StoreByCommand.millrace(2, erase("carrd=" + SUBJECT)))
          .contains("no view has a key column carrd; the key columns are [card, shop]");
      assertThat(StoreByCommand.millrace(0, erase("card=nobody"))).contains("nothing found");
      Path receipt = temp.resolve("receipt.json");
      List<String> command = new ArrayList<>(erase("card=" + SUBJECT));
      command.addAll(List.of("--requested-by", "ann", "--reason", "#17"));
      command.addAll(List.of("--receipt", receipt.toString()));
      assertThat(StoreByCommand.millrace(0, command)).contains("erased; the receipt is " + receipt);

      JsonNode said = JSON.readTree(receipt.toFile()).path("receipt");
      String drill = "seed " + SEED + ", " + said;
      assertThat(said.path("complete").asBoolean()).as(drill).isTrue();
      assertThat(said.at("/jobs/features cards_v1/checkpoint").asLong()).as(drill).isPositive();
      assertThat(
              StoreByCommand.millrace(
                  0,
                  List.of("erase", "verify", receipt.toString(), "--key", publicKey().toString())))
          .contains(said.path("erasure").asText());
      await("no byte of it is left, " + drill, () -> places().isEmpty());
      assertThat(allRows()).as(drill).doesNotContain(SUBJECT);
      assertThat(online(SUBJECT)).as(drill).isNull();
      assertThat(stored().count("dead_letters WHERE reason = 'overflow'"))
          .as("the shop's")
          .isEqualTo(1);
      assertThat(rowsOfOthers()).as(drill).isEqualTo(before);
      assertThat(onlineOfOthers()).as(drill).isEqualTo(onlineBefore);
      assertThat(StoreByCommand.millrace(0, List.of("audit", "--store", store().toString())))
          .contains("ann  erase ", "ann  erased ", "unbroken")
          .doesNotContain(SUBJECT);

      // What is of before is refused, however often it comes; what comes later is of a new subject.
      send(SUBJECT, "s1", 5, Instant.now().minusSeconds(3_000));
      send(SUBJECT, "s1", 7, now());
      push();
      await("a new subject begins", () -> online(SUBJECT) != null);
      assertThat(online(SUBJECT).longAt(0)).as("spent").isEqualTo(7);

      stop(job);
      job = start(Optional.of(savepoint));
      // The savepoint has the subject, and all events since are read again.
      send("other", "s1", 1, now());
      push();
      await("the job goes on", () -> online("other") != null);
      await("its rows are stored", () -> stored().count("card_v1 WHERE card = 'other'") > 0);
      assertThat(stored().count("dead_letters WHERE reason = 'erased'")).as("refused").isPositive();
      assertThat(online(SUBJECT).longAt(1)).as("payments").isEqualTo(1);
      assertThat(
              stored().number("SELECT max(payments) FROM card_v1 WHERE card = '" + SUBJECT + "'"))
          .isEqualTo(1);

      // Without the job the subject is refused and nobody says that it is gone.
      stop(job);
      List<String> impatient = new ArrayList<>(erase("card=c0"));
      impatient.addAll(List.of("--wait", "PT1S"));
      assertThat(StoreByCommand.millrace(1, impatient))
          .contains("incomplete; the receipt is ")
          .contains("remains: state in job features cards_v1 until it did not obey (CLOSE)");
      assertThat(online("c0")).as("online").isNull();
      Path restored = newestCheckpoint();
      Instant restarted = Instant.now();
      job = start(Optional.of(restored.toString()));
      // Those of the runs before still have it.
      assertThat(StoreByCommand.millrace(1, erase("card=c0")))
          .contains("remains: perhaps states in the checkpoint or savepoint " + restored);
      deleteAllCheckpointsBut(jobId());
      await("what was half written is deleted", () -> deleteHalfWritten(restarted));
      assertThat(StoreByCommand.millrace(0, erase("card=c0"))).contains("the receipt is ");
      // Refused until the job hears that it is done, before its next checkpoint.
      await(
          "a new subject begins there too",
          () -> {
            send("c0", "s1", 3, now());
            push();
            return online("c0") != null;
          });
      Values begun = online("c0");
      assertThat(begun.longAt(0)).as("spent by " + begun).isEqualTo(3 * begun.longAt(1));
    } finally {
      stop(job);
    }
  }

  private void sendHistory() throws Exception {
    Random random = new Random(SEED);
    Instant at = Instant.now().minusSeconds(5_000);
    for (int i = 0; i < EVENTS; i++) {
      at = at.plusMillis(1_000);
      String card = i % 50 == 7 ? SUBJECT : "c" + random.nextInt(CARDS);
      send(card, "s" + random.nextInt(3), random.nextInt(1_000), at);
    }
    send(SUBJECT, "s9", Long.MAX_VALUE, at.plusMillis(1_000));
    send(SUBJECT, "s9", Long.MAX_VALUE, at.plusMillis(2_000));
    producer.send(
        new ProducerRecord<>(
            "payments", 0, null, codec.encode(Values.of(SUBJECT, "s1", -1L, Instant.now()))));
    push();
  }

  private void send(String card, String shop, long amount, Instant at) {
    producer.send(
        new ProducerRecord<>(
            "payments",
            Math.floorMod(at.toEpochMilli() / 1_000, 2),
            null,
            codec.encode(Values.of(card, shop, amount, at))));
  }

  /** Now, or later if a beat has promised that nothing comes that is as early. */
  private Instant now() {
    Instant now = Instant.now();
    return now.isAfter(promised) ? now : promised.plusMillis(1);
  }

  /** Both partitions' watermarks go past what was sent, also in this millisecond. */
  private void push() throws Exception {
    promised = now().plusMillis(1_100);
    for (int partition = 0; partition < 2; partition++) {
      ProducerRecord<byte[], byte[]> beat = new ProducerRecord<>("payments", partition, null, null);
      beat.headers().add(Heartbeat.HEADER, Heartbeat.encode(promised.toEpochMilli()));
      producer.send(beat).get();
    }
  }

  private List<String> erase(String entity) {
    return List.of(
        "erase",
        "--definitions",
        temp.resolve("definitions").toString(),
        "--entity",
        entity,
        "--store",
        store().toString(),
        "--online",
        "rocksdb:" + temp.resolve("online"),
        "--checkpoints",
        checkpoints().toString(),
        "--bootstrap",
        bootstrap,
        "--registry",
        registryUrl);
  }

  private Process start(Optional<String> restore) throws IOException {
    restPort = FreePorts.next();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx700m",
                "-XX:TieredStopAtLevel=1",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + Files.createDirectories(temp.resolve("flink-tmp")),
                "-Dlog4j2.configurationFile=" + HOME.resolve("deploy/log4j2-job.xml").toUri(),
                "-cp",
                HOME.resolve("flink-jobs/target/classes")
                    + ":"
                    + HOME.resolve("flink-jobs/target/lib")
                    + "/*",
                "io.millrace.jobs.FeatureJob"));
    Map<String, String> arguments =
        new TreeMap<>(
            Map.of(
                "definitions",
                temp.resolve("definitions").toString(),
                "service",
                "cards_v1",
                "kafka.bootstrap-servers",
                bootstrap,
                "registry.url",
                registryUrl,
                "online.path",
                temp.resolve("online").toString(),
                "offline.path",
                store().toString(),
                "models.path",
                temp.resolve("models").toString(),
                "checkpoints.path",
                checkpoints().toString(),
                "checkpoints.interval",
                "PT1S",
                "local",
                "true"));
    arguments.put("rest.port", Integer.toString(restPort));
    restore.ifPresent(path -> arguments.put("checkpoints.restore", path));
    arguments.forEach((key, value) -> command.addAll(List.of("--" + key, value)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(temp.resolve("log").toFile()))
        .start();
  }

  private static void stop(Process job) throws InterruptedException {
    job.destroyForcibly().waitFor();
  }

  /** Of the state with the subject, where erasing does not reach. */
  private String savepoint() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    URI root = jobs();
    String job = jobId();
    URI savepoints = root.resolve(job + "/savepoints");
    String body =
        "{\"cancel-job\": false, \"target-directory\": \""
            + temp.resolve("savepoints").toUri()
            + "\"}";
    String trigger =
        ask(
                client,
                HttpRequest.newBuilder(savepoints)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build())
            .path("request-id")
            .asText();
    String[] location = new String[1];
    await(
        "the savepoint is made",
        () -> {
          JsonNode answer =
              ask(
                  client,
                  HttpRequest.newBuilder(root.resolve(job + "/savepoints/" + trigger)).build());
          location[0] = answer.at("/operation/location").asText();
          return !location[0].isEmpty();
        });
    return location[0];
  }

  private URI jobs() {
    return URI.create("http://127.0.0.1:" + restPort + "/jobs/");
  }

  private String jobId() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(jobs().resolve("../jobs")).build();
    return ask(HttpClient.newHttpClient(), request).at("/jobs/0/id").asText();
  }

  /** Of all runs. */
  private Path newestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints())) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow()
          .getParent();
    }
  }

  /** Its folder is not entered: files come and go there. */
  private void deleteAllCheckpointsBut(String job) throws IOException {
    try (Stream<Path> jobs = Files.list(checkpoints())) {
      for (Path other : jobs.filter(folder -> !folder.endsWith(job)).toList()) {
        try (Stream<Path> files = Files.walk(other)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }

  /** What runs before had begun when they were killed. */
  private boolean deleteHalfWritten(Instant before) throws IOException {
    try (Stream<Path> files = Files.walk(store())) {
      for (Path file : files.filter(one -> one.toString().contains(".inprogress.")).toList()) {
        if (Files.exists(file) && Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
          Files.delete(file);
        }
      }
    }
    return true;
  }

  private static JsonNode ask(HttpClient client, HttpRequest request) throws Exception {
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    Object last = false;
    while (!Boolean.TRUE.equals(last)) {
      try {
        last = condition.call();
      } catch (IOException | RuntimeException | AssertionError e) {
        last = e; // files come and go while a job runs
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "within " + LIMIT + ": " + what + ", but " + last + "; the job says: " + log());
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private String log() {
    try {
      String text = Files.readString(temp.resolve("log"));
      return text.substring(Math.max(0, text.length() - 3_000));
    } catch (IOException e) {
      return "nothing: " + e;
    }
  }

  /** Which of the folders have the subject's bytes. */
  private List<String> places() throws IOException {
    List<String> found = new ArrayList<>();
    for (String folder : List.of("online", "checkpoints", "offline", "flink-tmp", "receipt.json")) {
      if (!SubjectSearch.filesWith(SUBJECT, List.of(temp.resolve(folder))).isEmpty()) {
        found.add(folder);
      }
    }
    return found;
  }

  private List<String> tables() {
    return List.of("payments", "card_v1", "card_shop_v1", "shop_v1", "dead_letters");
  }

  /** Every column of every row. */
  private String allRows() {
    StringBuilder all = new StringBuilder();
    tables().forEach(table -> all.append(stored().sql("SELECT * FROM " + table)));
    return all.toString();
  }

  private Map<String, List<String>> rowsOfOthers() {
    Map<String, List<String>> rows = new TreeMap<>();
    for (String table : List.of("payments", "card_v1", "card_shop_v1", "shop_v1")) {
      rows.put(
          table,
          stored()
              .sql("SELECT * FROM " + table)
              .lines()
              .filter(line -> !line.contains(SUBJECT))
              .sorted()
              .toList());
    }
    return rows;
  }

  /** Whether no row came for two checkpoints and more. */
  private boolean isStill() {
    long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    long rows = stored().count("card_v1") + stored().count("card_shop_v1");
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      if (stored().count("card_v1") + stored().count("card_shop_v1") != rows) {
        return false;
      }
    }
    return true;
  }

  /** The card's newest row; null if there is none. */
  private Values online(String card) {
    return onlineOf(List.of(card)).get(0);
  }

  private List<Values> onlineOfOthers() {
    return onlineOf(Stream.iterate(0, i -> i + 1).limit(CARDS).map(i -> "c" + i).toList());
  }

  private List<Values> onlineOf(List<String> cards) {
    List<OnlineView> views =
        ViewGraph.of(definitions).asDefined().stream()
            .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
            .toList();
    try (OnlineStore store =
        RocksDbOnlineStore.openReader(
            temp.resolve("online"), views, Clock.systemUTC(), Duration.ZERO)) {
      List<Values> rows = new ArrayList<>();
      store
          .get(cards.stream().map(card -> new OnlineKey("card_v1", EntityKey.of(card))).toList())
          .forEach(
              value ->
                  rows.add(
                      value.status() == ValueStatus.NOT_FOUND
                          ? null
                          : value.row().orElseThrow().values()));
      return rows;
    }
  }

  private Path publicKey() {
    return store().resolve("_erasure/receipt-key.pub");
  }

  private StoreByCommand stored() {
    return new StoreByCommand(store());
  }

  private Path store() {
    return temp.resolve("offline");
  }

  private Path checkpoints() {
    return temp.resolve("checkpoints");
  }
}
