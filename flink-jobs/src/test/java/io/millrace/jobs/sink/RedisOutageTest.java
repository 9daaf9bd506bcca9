package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewStreams;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.jobs.intake.StoredEventSerializer;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineValue;
import io.millrace.online.redis.TestRedis;
import io.millrace.online.settings.OnlineSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job whose Redis is killed under it. No restart is allowed: a failure of the job is one here.
 */
class RedisOutageTest {
  private static final int DISORDER_MS = 60_000;
  private static final int LATENESS_MS = 60_000;
  private static final List<SourceRecord> RECORDS = new ArrayList<>();
  private static final Set<Position> LATE = ConcurrentHashMap.newKeySet();
  private static volatile Runnable atHalf;

  @TempDir Path temp;
  private DefinitionSet set;

  @BeforeEach
  void define() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("definitions"));
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 1m, lateness: 1m}
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card]}
        source: payments
        features:
          spent: {sum: amount}
          largest: {max: amount}
          payments: {count: "*"}
        ---
        kind: FeatureService
        name: cards_v1
        request: payments
        features: [card.*]
        """);
    set = DefinitionSet.read(folder, Map.of());
  }

  @Test
  void shouldLoseAndRepeatNothingWhenRedisIsAwayForSeconds() throws Exception {
    runThroughAnOutage(60_000, 20_000, Duration.ofSeconds(4));
  }

  @Test
  @Tag("drill")
  void shouldLoseAndRepeatNothingWhenRedisIsAwayForAMinute() throws Exception {
    runThroughAnOutage(300_000, 50_000, Duration.ofMinutes(1));
  }

  private void runThroughAnOutage(int count, int cards, Duration outage) throws Exception {
    long seed = 20261121;
    RECORDS.clear();
    LATE.clear();
    RECORDS.addAll(records(new Random(seed), count, cards));
    long dead = RECORDS.stream().filter(SourceRecord.Dead.class::isInstance).count();
    ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    try (TestRedis redis =
        TestRedis.start(temp.resolve("redis"), "--appendonly", "yes", "--appendfsync", "always")) {
      List<ScheduledFuture<?>> back = new ArrayList<>();
      atHalf =
          () -> {
            redis.kill();
            back.add(
                later.schedule((Runnable) redis::start, outage.toMillis(), TimeUnit.MILLISECONDS));
          };
      OnlineSettings online =
          OnlineSettings.of(Map.of("online.store", "redis", "online.redis.nodes", redis.address()));
      run(online);
      assertThat(back).as("seed %d: the server was killed once", seed).hasSize(1);
      back.get(0).get();

      Map<String, Long> books = KeptMetrics.sums("read", "applied", "late", "dead");
      assertThat(books.get("read")).as("seed %d, %s", seed, books).isEqualTo(count);
      assertThat(books.get("dead")).as("seed %d, %s", seed, books).isEqualTo(dead);
      assertThat(books.get("late")).as("seed %d, %s", seed, books).isEqualTo(LATE.size());
      assertThat(books.get("applied") + books.get("late") + books.get("dead"))
          .as("seed %d, %s", seed, books)
          .isEqualTo(books.get("read"));
      assertThat(LATE).as("seed %d: some are late", seed).isNotEmpty();
      assertThat(KeptMetrics.sums("storeRetries").get("storeRetries")).isPositive();
      assertOnline(online, seed);
    } finally {
      later.shutdownNow();
    }
  }

  /** What is online is what a scan of all events that were applied gives, for every card. */
  private void assertOnline(OnlineSettings online, long seed) {
    ViewNode node = ViewGraph.of(set.definitions()).node("card");
    Map<String, List<Event>> ofCard = new HashMap<>();
    for (SourceRecord record : RECORDS) {
      if (record instanceof SourceRecord.Good good && !LATE.contains(good.event().position())) {
        ofCard
            .computeIfAbsent(good.event().values().textAt(0), card -> new ArrayList<>())
            .add(good.event());
      }
    }
    List<OnlineKey> keys =
        ofCard.keySet().stream().map(card -> new OnlineKey("card_v1", EntityKey.of(card))).toList();
    try (OnlineStore store =
        online.open(OnlineSink.viewsOf(set.definitions()), Clock.systemUTC())) {
      for (OnlineValue value : store.get(keys)) {
        FeatureRow row =
            value.row().orElseThrow(() -> new AssertionError(value.key() + " is lost"));
        List<Event> events = ofCard.get(value.key().key().text());
        Values expected =
            NaiveAggregator.valuesAt(node.view(), node.events(), events, Long.MAX_VALUE);
        assertThat(row.values()).as("seed %d, %s", seed, value.key()).isEqualTo(expected);
      }
    }
  }

  private void run(OnlineSettings online) throws Exception {
    Configuration flink = new Configuration();
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
    KeptMetrics.registerIn(flink);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, flink);
    DataStream<SourceRecord> input =
        env.fromSource(
                new NumberSequenceSource(0, RECORDS.size() - 1L),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .setParallelism(1)
            .map(new RecordOf())
            .returns(SourceRecordSerializer.TYPE)
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<SourceRecord>forGenerator(context -> new Behind())
                    .withTimestampAssigner((record, at) -> timeOf(record)))
            .setParallelism(1);
    SingleOutputStreamOperator<ViewMessage> messages =
        input.rebalance().process(new Intake(set, "cards_v1"));
    messages
        .getSideOutput(Intake.LATE)
        .map(new KeepLate())
        .returns(StoredEventSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());
    ViewStreams.of(
            set, messages, messages.getSideOutput(Intake.JOINING), FeatureOperator.HOT_STATE_BYTES)
        .rows()
        .sinkTo(
            new OnlineSink(
                set,
                definitions ->
                    online.open(OnlineSink.viewsOf(definitions.definitions()), Clock.systemUTC())));
    env.execute();
  }

  private static long timeOf(SourceRecord record) {
    return record instanceof SourceRecord.Good good ? good.event().timeMs() : Long.MIN_VALUE;
  }

  private static final class RecordOf implements MapFunction<Long, SourceRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public SourceRecord map(Long number) {
      if (number == RECORDS.size() / 2) {
        atHalf.run();
      }
      return RECORDS.get(number.intValue());
    }
  }

  private static final class KeepLate implements MapFunction<StoredEvent, StoredEvent> {
    private static final long serialVersionUID = 1;

    @Override
    public StoredEvent map(StoredEvent late) {
      LATE.add(late.event().position());
      return late;
    }
  }

  /** A watermark with every event, as far behind as events are disordered. */
  private static final class Behind implements WatermarkGenerator<SourceRecord> {
    private long newestMs = Long.MIN_VALUE + DISORDER_MS + 1;

    @Override
    public void onEvent(SourceRecord record, long timestampMs, WatermarkOutput output) {
      newestMs = Math.max(newestMs, timeOf(record));
      output.emitWatermark(new Watermark(newestMs - DISORDER_MS - 1));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  private static List<SourceRecord> records(Random random, int count, int cards) {
    List<SourceRecord> records = new ArrayList<>();
    long newestMs = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    for (int i = 0; i < count; i++) {
      Position position = new Position("payments", 0, i);
      int kind = random.nextInt(1_000);
      if (kind < 5) {
        records.add(
            new SourceRecord.Dead(
                new DeadLetter("payments", position, 1, "test", "it cannot be read", new byte[0])));
        continue;
      }
      newestMs += random.nextInt(200);
      // Some as late as is allowed, some later.
      long at =
          kind < 15
              ? newestMs - DISORDER_MS - LATENESS_MS - random.nextInt(100_000)
              : newestMs - random.nextInt(DISORDER_MS + LATENESS_MS);
      Values values =
          Values.of(
              "c" + random.nextInt(cards), (long) random.nextInt(10_000), Instant.ofEpochMilli(at));
      records.add(new SourceRecord.Good(0, new Event("payments", at, position, values), 1));
    }
    return records;
  }
}
