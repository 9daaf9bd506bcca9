package io.millrace.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
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
import io.millrace.server.replay.Topics;
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
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The feature job on payments by cards, and what it needs: a broker, a registry and who sends. All
 * lies in one folder.
 */
final class CardsRun implements AutoCloseable {
  static final String SERVICE = "cards_v1";

  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofSeconds(90);
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

  private final Path temp;
  private final Definitions definitions;
  private final WorkFolder work;
  private final KafkaBroker broker;
  private final RegistryServer registry;
  private final KafkaProducer<byte[], byte[]> producer;
  private final EventCodec codec;
  private int restPort;
  private Instant promised = Instant.EPOCH;

  private CardsRun(Path temp) throws Exception {
    this.temp = temp;
    Path folder = Files.createDirectory(definitionFolder());
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
    work = WorkFolder.open(temp.resolve("work"));
    broker = KafkaBroker.start(work, HOME);
    registry = RegistryServer.start(work, HOME);
    codec =
        new EventCodec(
            definitions.source("payments"), new ConfluentSchemaRegistry(registry.url(), Map.of()));
    Topics.require(broker.bootstrapServers(), List.of("payments"), 2);
    producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Starts the servers; the job is started by itself. */
  static CardsRun open(Path temp) throws Exception {
    return new CardsRun(temp);
  }

  Definitions definitions() {
    return definitions;
  }

  Path definitionFolder() {
    return temp.resolve("definitions");
  }

  Path checkpoints() {
    return temp.resolve("checkpoints");
  }

  WorkFolder work() {
    return work;
  }

  /** The call that erases, but for who asks and why. */
  List<String> erase(String entity, String store) {
    return List.of(
        "erase",
        "--definitions",
        definitionFolder().toString(),
        "--entity",
        entity,
        "--store",
        store,
        "--online",
        "rocksdb:" + temp.resolve("online"),
        "--checkpoints",
        checkpoints().toString(),
        "--bootstrap",
        broker.bootstrapServers(),
        "--registry",
        registry.url());
  }

  void send(String card, String shop, long amount, Instant at) {
    producer.send(
        new ProducerRecord<>(
            "payments",
            Math.floorMod(at.toEpochMilli() / 1_000, 2),
            null,
            codec.encode(Values.of(card, shop, amount, at))));
  }

  /** Now, or later if a beat has promised that nothing comes that is as early. */
  Instant now() {
    Instant now = Instant.now();
    return now.isAfter(promised) ? now : promised.plusMillis(1);
  }

  /** Both partitions' watermarks go past what was sent, also in this millisecond. */
  void push() throws Exception {
    promised = now().plusMillis(1_100);
    beat(promised);
  }

  /** Says that nothing comes any more that is earlier. */
  void beat(Instant until) throws Exception {
    for (int partition = 0; partition < 2; partition++) {
      ProducerRecord<byte[], byte[]> beat = new ProducerRecord<>("payments", partition, null, null);
      beat.headers().add(Heartbeat.HEADER, Heartbeat.encode(until.toEpochMilli()));
      producer.send(beat).get();
    }
  }

  /**
   * Starts the job.
   *
   * @param offline root of the offline store, a folder or a URI
   * @param restore the checkpoint that it goes on from
   * @param environment set beside this process's own
   */
  Process start(String offline, Optional<String> restore, Map<String, String> environment)
      throws IOException {
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
                definitionFolder().toString(),
                "service",
                SERVICE,
                "kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "registry.url",
                registry.url(),
                "online.path",
                temp.resolve("online").toString(),
                "offline.path",
                offline,
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
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(temp.resolve("log").toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  static void stop(Process job) throws InterruptedException {
    job.destroyForcibly().waitFor();
  }

  URI jobs() {
    return URI.create("http://127.0.0.1:" + restPort + "/jobs/");
  }

  String jobId() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(jobs().resolve("../jobs")).build();
    return ask(HttpClient.newHttpClient(), request).at("/jobs/0/id").asText();
  }

  /** Of all runs. */
  Path newestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints())) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow()
          .getParent();
    }
  }

  /** Its folder is not entered: files come and go there. */
  void deleteAllCheckpointsBut(String job) throws IOException {
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

  static JsonNode ask(HttpClient client, HttpRequest request) throws Exception {
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  void await(String what, Callable<Boolean> condition) throws Exception {
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

  String log() {
    try {
      String text = Files.readString(temp.resolve("log"));
      return text.substring(Math.max(0, text.length() - 3_000));
    } catch (IOException e) {
      return "nothing: " + e;
    }
  }

  /** The card's newest row; null if there is none. */
  Values online(String card) {
    return onlineOf(List.of(card)).get(0);
  }

  List<Values> onlineOf(List<String> cards) {
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

  @Override
  public void close() {
    try (WorkFolder folder = work;
        KafkaBroker kafka = broker;
        RegistryServer server = registry) {
      producer.close();
    }
  }
}
