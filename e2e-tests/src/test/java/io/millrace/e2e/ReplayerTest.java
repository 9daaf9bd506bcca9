package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.schema.Change;
import io.millrace.schema.ChangeCodec;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.ReplayException;
import io.millrace.server.replay.ReplayProgress;
import io.millrace.server.replay.ReplayResult;
import io.millrace.server.replay.Replayer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReplayerTest {
  private static final Path HOME = Path.of("..");

  @TempDir static Path temp;
  private static WorkFolder work;
  private static KafkaBroker broker;
  private static RegistryServer registryServer;
  private static SchemaRegistry registry;

  @BeforeAll
  static void start() {
    work = WorkFolder.open(temp);
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
  }

  @Test
  void shouldSendEveryEventOnceInOrderWithinItsKey() throws Exception {
    EventSource rides = RideSources.source("rides", "all.rides");

    ReplayResult result = replay(RideSources.definitions(rides), rides("rides", 5_000)).run();

    assertThat(result.events()).containsExactly(Map.entry("rides", 5_000L));
    assertThat(result.first()).contains(RideSources.START);
    assertThat(result.last()).contains(RideSources.START.plusSeconds(4_999));
    EventCodec codec = new EventCodec(rides, registry);
    Map<String, Long> newest = new HashMap<>();
    int read = 0;
    for (ConsumerRecord<byte[], byte[]> message : messages(rides.topic())) {
      if (message.value() != null) {
        var values = codec.decode(message.value());
        String key = new String(message.key(), StandardCharsets.UTF_8);
        long timeMs = values.longAt(1);
        assertThat(key).isEqualTo(values.textAt(0));
        assertThat(timeMs).isGreaterThan(newest.getOrDefault(key, Long.MIN_VALUE));
        newest.put(key, timeMs);
        read++;
      }
    }
    assertThat(read).isEqualTo(5_000);
    assertThat(newest).hasSize(7);
  }

  @Test
  void shouldSendTheRowsOfASourceOfChangesAsCreated() throws Exception {
    EventSource plain = RideSources.source("rides", "changed.rides");
    EventSource changes =
        new EventSource(
            plain.name(),
            plain.topic(),
            plain.schema(),
            plain.avro(),
            plain.time(),
            Optional.of(ChangeFormat.DEBEZIUM),
            plain.messageKey(),
            plain.history(),
            plain.expectations());

    replay(RideSources.definitions(changes), rides("rides", 50)).run();

    ChangeCodec codec = new ChangeCodec(changes, registry);
    List<Change> read = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> message : messages(changes.topic())) {
      if (message.value() != null) {
        read.add(codec.decode(message.value()));
      }
    }
    assertThat(read)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 50)
                .mapToObj(i -> RideSources.ride("rides", i).values())
                .map(values -> new Change(Optional.empty(), Optional.of(values)))
                .toList());
  }

  @Test
  void shouldGoOnWhereABrokenReplayEndedWithoutLossOrDoubles() throws Exception {
    EventSource rides = RideSources.source("rides", "resumed.rides");
    Definitions definitions = RideSources.definitions(rides);
    Iterator<Event> breaking =
        IntStream.range(0, 5_000)
            .mapToObj(
                i -> {
                  if (i == 3_000) {
                    throw new IllegalStateException("the plug is pulled");
                  }
                  return RideSources.ride("rides", i);
                })
            .iterator();
    assertThatThrownBy(() -> replay(definitions, breaking).run()).hasMessageContaining("plug");

    ReplayResult result = replay(definitions, rides("rides", 5_000)).resuming(true).run();

    assertThat(result.events()).containsExactly(Map.entry("rides", 5_000L));
    EventCodec codec = new EventCodec(rides, registry);
    List<Long> times = new ArrayList<>();
    Map<Integer, Long> newest = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> message : messages(rides.topic())) {
      if (message.value() != null) {
        long timeMs = codec.decode(message.value()).longAt(1);
        assertThat(timeMs).isGreaterThan(newest.getOrDefault(message.partition(), 0L));
        newest.put(message.partition(), timeMs);
        times.add(timeMs);
      }
    }
    assertThat(times).hasSize(5_000).doesNotHaveDuplicates();
  }

  @Test
  void shouldNeverSendAnEventBeforeAHeartbeatThatPrecedesIt() throws Exception {
    EventSource rides = RideSources.source("rides", "beating.rides");
    EventSource quiet = RideSources.source("quiet", "beating.quiet");
    Definitions definitions = RideSources.definitions(rides, quiet);

    // 400 seconds of event time in 2 seconds.
    ReplayResult result = replay(definitions, rides("rides", 400)).speed(200).run();

    assertThat(result.elapsed()).isGreaterThan(Duration.ofMillis(1_900));
    EventCodec codec = new EventCodec(rides, registry);
    long end = RideSources.START.plusSeconds(399).plus(Duration.ofDays(1)).toEpochMilli() + 1;
    for (String topic : List.of(rides.topic(), quiet.topic())) {
      Map<Integer, Long> reached = new HashMap<>();
      Map<Integer, Integer> beats = new HashMap<>();
      for (ConsumerRecord<byte[], byte[]> message : messages(topic)) {
        if (message.value() == null) {
          long beat = heartbeatOf(message);
          assertThat(beat).isGreaterThanOrEqualTo(reached.getOrDefault(message.partition(), 0L));
          reached.put(message.partition(), beat);
          beats.merge(message.partition(), 1, Integer::sum);
        } else {
          assertThat(codec.decode(message.value()).longAt(1))
              .isGreaterThanOrEqualTo(reached.getOrDefault(message.partition(), 0L));
        }
      }
      assertThat(reached).as(topic).containsOnly(Map.entry(0, end), Map.entry(1, end));
      assertThat(beats.values()).as(topic).allMatch(count -> count > 20);
    }
  }

  @Test
  void shouldSkipALongGapWithoutEvents() throws Exception {
    EventSource rides = RideSources.source("rides", "gap.rides");
    List<Event> events =
        List.of(RideSources.ride("rides", 1), RideSources.ride("rides", 1 + 7 * 3_600));

    ReplayResult result = replay(RideSources.definitions(rides), events.iterator()).speed(1).run();

    assertThat(result.total()).isEqualTo(2);
    assertThat(result.elapsed()).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void shouldSendOnlyTheSourcesAndTheNumberThatAreAskedFor() throws Exception {
    EventSource rides = RideSources.source("rides", "some.rides");
    EventSource other = RideSources.source("other", "some.other");
    Iterator<Event> both =
        IntStream.range(0, 100)
            .mapToObj(i -> RideSources.ride(i % 2 == 0 ? "rides" : "other", i))
            .iterator();
    List<ReplayProgress> progress = new ArrayList<>();

    ReplayResult result =
        replay(RideSources.definitions(rides, other), both)
            .sources(List.of("other"))
            .maxEvents(30)
            .progress(progress::add)
            .run();

    assertThat(result.events()).containsExactly(Map.entry("other", 30L));
    assertThat(progress.get(progress.size() - 1).events()).isEqualTo(30);
    assertThat(messages("some.rides")).isNotEmpty().allMatch(message -> message.value() == null);
  }

  @Test
  void shouldEndWithoutAHeartbeatWhenThereIsNothingToSend() throws Exception {
    EventSource rides = RideSources.source("rides", "empty.rides");

    ReplayResult result = replay(RideSources.definitions(rides), List.<Event>of().iterator()).run();

    assertThat(result.events()).containsExactly(Map.entry("rides", 0L));
    assertThat(result.first()).isEmpty();
    assertThat(messages("empty.rides")).isEmpty();
  }

  @Test
  void shouldRegisterTheSchemaEvenOfASourceThatIsNotSent() throws Exception {
    EventSource rides = RideSources.source("rides", "registered.rides");
    EventSource quiet = RideSources.source("quiet", "registered.quiet");

    replay(RideSources.definitions(rides, quiet), rides("rides", 1))
        .sources(List.of("rides"))
        .run();

    String incompatible = RideSources.AVRO.replace("\"driver\"", "\"rider\"");
    assertThatThrownBy(() -> registry.register("registered.quiet-value", incompatible))
        .hasMessageContaining("rider");
  }

  @Test
  void shouldNameTheEventThatDoesNotFitItsSchema() {
    EventSource rides = RideSources.source("rides", "unfit.rides");
    Event unfit =
        new Event(
            "rides",
            RideSources.START.toEpochMilli(),
            new Position("rides.parquet", 0, 3),
            Values.of(null, RideSources.START, 1.0));

    assertThatThrownBy(
            () -> replay(RideSources.definitions(rides), List.of(unfit).iterator()).run())
        .isInstanceOf(ReplayException.class)
        .hasMessageStartingWith(
            "The event of rides at rides.parquet-0@3, 2022-03-01T00:00:00Z, does not fit its"
                + " schema: ")
        .hasMessageContaining("driver");
  }

  @Test
  void shouldFailWithTheTopicThatRefusesAMessage() throws Exception {
    EventSource rides = RideSources.source("rides", "refusing.rides");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(rides.topic(), Optional.of(1), Optional.empty())
                      .configs(Map.of("max.message.bytes", "60"))))
          .all()
          .get();
    }

    assertThatThrownBy(() -> replay(RideSources.definitions(rides), rides("rides", 5_000)).run())
        .isInstanceOf(ReplayException.class)
        .hasMessageContaining("Cannot send to the topic refusing.rides");
  }

  @Test
  void shouldNameABrokerThatIsNotThere() {
    EventSource rides = RideSources.source("rides", "nowhere.rides");
    String nowhere = "127.0.0.1:" + FreePorts.next();

    assertThatThrownBy(
            () ->
                Replayer.of(RideSources.definitions(rides), rides("rides", 1))
                    .to(nowhere, registry)
                    .run())
        .isInstanceOf(ReplayException.class)
        .hasMessageContaining("Cannot create the topic nowhere.rides at " + nowhere)
        .hasMessageEndingWith("Check that a broker listens there (--bootstrap).");
  }

  @Test
  void shouldEndWhenItsThreadIsInterrupted() {
    EventSource rides = RideSources.source("rides", "interrupted.rides");
    Thread thread = Thread.currentThread();

    assertThatThrownBy(
            () ->
                replay(RideSources.definitions(rides), rides("rides", 100))
                    .speed(0.01)
                    .progress(unused -> thread.interrupt())
                    .run())
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  private static Replayer replay(Definitions definitions, Iterator<Event> events) {
    return Replayer.of(definitions, events).to(broker.bootstrapServers(), registry);
  }

  private static Iterator<Event> rides(String source, int count) {
    return IntStream.range(0, count).mapToObj(i -> RideSources.ride(source, i)).iterator();
  }

  private static List<ConsumerRecord<byte[], byte[]>> messages(String topic) {
    return KafkaLog.read(broker.bootstrapServers(), topic);
  }

  private static long heartbeatOf(ConsumerRecord<byte[], byte[]> message) {
    byte[] content = message.headers().lastHeader(Heartbeat.HEADER).value();
    assertThat(content).hasSize(8);
    return ByteBuffer.wrap(content).getLong();
  }
}
