package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.IncompatibleSchemaException;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker, the registry and Redis as they are started for a demo. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PlatformTest {
  private static final Path HOME = Path.of("..");

  @TempDir static Path temp;
  private static WorkFolder work;
  private static KafkaBroker broker;
  private static RegistryServer registryServer;
  private static SchemaRegistry registry;

  @BeforeAll
  static void start() {
    work = WorkFolder.open(temp.resolve("shared"));
    broker = KafkaBroker.start(work, HOME);
    registryServer = RegistryServer.start(work, HOME);
    registry = new ConfluentSchemaRegistry(registryServer.url(), Map.of());
  }

  @AfterAll
  static void close() {
    try (WorkFolder folder = work;
        KafkaBroker kafka = broker;
        RegistryServer server = registryServer) {
      assertThat(folder).isNotNull();
    }
    for (long pid : List.of(broker.process().pid(), registryServer.process().pid())) {
      assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }
  }

  @Test
  void shouldKeepWhatRedisAnsweredWhenItIsKilled() throws IOException {
    try (WorkFolder folder = WorkFolder.open(temp.resolve("redis"))) {
      long pid;
      try (RedisServer redis = RedisServer.start(folder, HOME)) {
        assertThat(ask(redis, "SET k v")).isEqualTo("+OK");
        redis.process().kill();
      }
      try (RedisServer redis = RedisServer.start(folder, HOME)) {
        assertThat(ask(redis, "STRLEN k")).isEqualTo(":1");
        pid = redis.process().pid();
      }
      assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }
  }

  @Test
  void shouldEndARedisThatARunLeftBehind() {
    WorkFolder broken = WorkFolder.open(temp.resolve("left-behind"));
    RedisServer left = RedisServer.start(broken, HOME);
    broken.close();
    try (WorkFolder next = WorkFolder.open(temp.resolve("left-behind"))) {
      assertThat(left.process().isAlive()).as("%s in %s", left.process(), next).isFalse();
    } finally {
      left.close();
    }
  }

  private static String ask(RedisServer redis, String command) throws IOException {
    int port = Integer.parseInt(redis.address().replaceAll(".*:", ""));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
    }
  }

  @Test
  void shouldKeepASchemaThatWasRegistered() {
    int id = registry.register("kept-value", RideSources.AVRO);

    assertThat(registry.register("kept-value", RideSources.AVRO)).isEqualTo(id);
    assertThat(registry.schemaById(id)).contains("\"driver\"", "\"fare\"");
  }

  @Test
  void shouldRefuseASchemaThatOldDataCannotBeReadWithAndNameTheField() {
    registry.register("strict-value", RideSources.AVRO);
    String incompatible =
        RideSources.AVRO.replace(
            "{\"name\":\"fare\"", "{\"name\":\"tip\",\"type\":\"double\"},{\"name\":\"fare\"");

    assertThatThrownBy(() -> registry.register("strict-value", incompatible))
        .hasMessageContaining("strict-value")
        .hasMessageContaining("tip");
  }

  @Test
  void shouldRefuseItAlsoWhereTheRegistryItselfWouldTakeEverything() throws Exception {
    registry.register("lax-value", RideSources.AVRO);
    HttpResponse<String> lax =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(registryServer.url() + "/config/lax-value"))
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\":\"NONE\"}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(lax.statusCode()).as(lax.body()).isEqualTo(200);
    String incompatible = RideSources.AVRO.replace("\"driver\"", "\"rider\"");

    assertThatThrownBy(() -> registry.register("lax-value", incompatible))
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageContaining("lax-value")
        .hasMessageContaining("rider");
  }

  @Test
  void shouldReadBackWhatWasProduced() throws Exception {
    EventSource source = RideSources.source("rides", "platform.rides");
    EventCodec codec = new EventCodec(source, registry);
    createTopic(broker, source.topic());
    List<Values> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(broker)) {
      for (int i = 0; i < 1_000; i++) {
        Values values = RideSources.ride("rides", i).values();
        sent.add(values);
        producer.send(new ProducerRecord<>(source.topic(), codec.encode(values)));
      }
    }

    List<Values> received = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> message :
        KafkaLog.read(broker.bootstrapServers(), source.topic())) {
      received.add(codec.decode(message.value()));
    }

    assertThat(received).containsExactlyElementsOf(sent);
  }

  @Test
  void shouldNoticeAKilledBrokerAndKeepItsTopicsForTheNext() throws Exception {
    try (WorkFolder own = WorkFolder.open(temp.resolve("own"))) {
      long first;
      try (KafkaBroker killed = KafkaBroker.start(own, HOME)) {
        createTopic(killed, "survivor");
        first = killed.process().pid();
        killed.process().kill();
        assertThat(killed.process().isAlive()).isFalse();
      }
      long second;
      try (KafkaBroker next = KafkaBroker.start(own, HOME);
          Admin admin = Admin.create(Map.of("bootstrap.servers", next.bootstrapServers()))) {
        second = next.process().pid();
        assertThat(admin.listTopics().names().get()).contains("survivor");
      }
      assertThat(ProcessHandle.of(first)).isEmpty();
      assertThat(ProcessHandle.of(second)).isEmpty();
    }
  }

  @Test
  void shouldSayHowToBuildTheServersWhereTheyAreMissing() {
    try (WorkFolder own = WorkFolder.open(temp.resolve("unbuilt"))) {
      assertThatThrownBy(() -> KafkaBroker.start(own, temp))
          .isInstanceOf(PlatformException.class)
          .hasMessage(
              temp.resolve("deploy/target/kafka")
                  + " does not exist. Build it with \"mvn package -DskipTests\" in the root of"
                  + " the repository.");
    }
  }

  @Test
  void shouldNameAPortInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> FreePorts.requireFree(taken.getLocalPort(), "--kafka-port"))
          .isInstanceOf(PlatformException.class)
          .hasMessageContaining("Port " + taken.getLocalPort() + " on 127.0.0.1 is not free")
          .hasMessageContaining("--kafka-port");
    }
  }

  @Test
  void shouldNameAWorkFolderThatCannotBeWritten() {
    assertThatThrownBy(() -> WorkFolder.open(Path.of("/proc/millrace")))
        .isInstanceOf(PlatformException.class)
        .hasMessageStartingWith("Cannot write to the work folder /proc/millrace")
        .hasMessageContaining("--work-dir");
  }

  private static void createTopic(KafkaBroker on, String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", on.bootstrapServers()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
          .all()
          .get();
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(KafkaBroker to) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", to.bootstrapServers(), "acks", "all"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}
