package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewStreams;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sources of different pace in one job: one that gives a hundred records for each of another's and
 * could be done in half its time, and one that falls silent.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PacesTest {
  private static final long START = Instant.parse("2024-05-01T00:00:00Z").toEpochMilli();
  private static final int PAYMENTS = 20_000;
  private static final int ORDERS = 200;
  private static final long STEP_MS = 3_600;
  private static final Duration ALIGNMENT = Duration.ofHours(1);
  private static final int CARDS = 10;

  // Of the one cluster in this process.
  private static final AtomicLong ORDERED_MS = new AtomicLong(START);
  private static final AtomicLong LARGEST_LEAD_MS = new AtomicLong();
  private static final AtomicLong APPLIED = new AtomicLong();
  private static final AtomicLong LATE = new AtomicLong();
  private static final BlockingQueue<VectorPart.Answer> ANSWERS = new LinkedBlockingQueue<>();

  @TempDir Path folder;

  @Test
  void shouldAnswerExactlyAndNotLetTheFastOneRunAway() throws Exception {
    DefinitionSet set = define();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
    env.getConfig().setAutoWatermarkInterval(20);
    DataStream<SourceRecord> records =
        read(env, set, "payments", new Payments(), PAYMENTS, 4_000)
            .union(
                read(env, set, "orders", new Orders(), ORDERS, 20),
                // The second would come in a day.
                read(env, set, "refunds", new Refunds(), 2, 1.0 / 86_400));
    SingleOutputStreamOperator<ViewMessage> messages = records.process(new Intake(set, "fraud_v1"));
    ViewStreams views =
        ViewStreams.of(
            set, messages, messages.getSideOutput(Intake.JOINING), FeatureOperator.HOT_STATE_BYTES);
    views.rows().sinkTo(new DiscardingSink<>());
    messages
        .getSideOutput(Intake.EVENTS)
        .map(new Counted(APPLIED))
        .returns(StoredEventSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());
    messages
        .getSideOutput(Intake.LATE)
        .map(new Counted(LATE))
        .returns(StoredEventSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());
    views
        .answers()
        .map(new Kept())
        .returns(VectorPartSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());

    JobClient job = env.executeAsync();
    try {
      ViewNode card = ViewGraph.of(set.definitions()).node("card");
      List<Event> paid = LongStream.range(0, PAYMENTS).mapToObj(PacesTest::payment).toList();
      for (int i = 0; i < ORDERS; i++) {
        VectorPart.Answer answer = ANSWERS.poll(2, TimeUnit.MINUTES);
        assertThat(answer).as("answer %d", i).isNotNull();
        long offset = Long.parseLong(answer.requestId().replaceAll(".*@", ""));
        List<Event> ofCard =
            paid.stream()
                .filter(event -> event.values().textAt(0).equals("c" + offset % CARDS))
                .filter(event -> event.timeMs() < answer.timeMs())
                .filter(event -> event.timeMs() >= answer.timeMs() - 4 * 3_600_000)
                .toList();
        assertThat(answer.row())
            .as("request %s", answer.requestId())
            .isEqualTo(
                NaiveAggregator.valuesAt(card.view(), card.events(), ofCard, answer.timeMs()));
      }
    } finally {
      job.cancel().get(1, TimeUnit.MINUTES);
    }
    // All that was read was applied: nothing is late because another source is slow or silent.
    assertThat(LATE).hasValue(0);
    assertThat(APPLIED).hasValue(PAYMENTS + ORDERS + 1);
    // Alone, the fast one would have been ten hours ahead when it ended.
    assertThat(Duration.ofMillis(LARGEST_LEAD_MS.get()))
        .isBetween(ALIGNMENT.dividedBy(2), Duration.ofHours(6));
  }

  private DataStream<SourceRecord> read(
      StreamExecutionEnvironment env,
      DefinitionSet set,
      String name,
      GeneratorFunction<Long, SourceRecord> records,
      long count,
      double perSecond) {
    return env.fromSource(
            new DataGeneratorSource<>(
                records,
                count,
                RateLimiterStrategy.perSecond(perSecond),
                SourceRecordSerializer.TYPE),
            WatermarkStrategy.forGenerator(PartitionWatermarks.of(set))
                .withTimestampAssigner((record, at) -> PartitionWatermarks.timestampOf(record))
                .withWatermarkAlignment("sources", ALIGNMENT, Duration.ofMillis(50)),
            name)
        .setParallelism(1);
  }

  private DefinitionSet define() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    StringBuilder yaml = new StringBuilder();
    for (String source : List.of("payments", "orders", "refunds")) {
      yaml.append(
          """
          kind: EventSource
          name: %s
          topic: %s
          schema: payment.avsc
          event-time: {field: at%s}
          ---
          """
              .formatted(source, source, source.equals("refunds") ? ", idle: 1s" : ""));
    }
    Files.writeString(
        folder.resolve("definitions.yaml"),
        yaml
            + """
            kind: FeatureView
            name: card
            entity: {keys: [card]}
            source: payments
            features:
              spent_3h: {sum: amount, window: 3h, resolution: 15m}
              payments_20m: {count: "*", window: 20m}
            ---
            kind: FeatureService
            name: fraud_v1
            request: orders
            features: [card.*]
            """);
    return DefinitionSet.read(folder, Map.of());
  }

  private static Event payment(long number) {
    return event("payments", START + number * STEP_MS, number);
  }

  private static Event event(String source, long atMs, long number) {
    return new Event(
        source,
        atMs,
        new Position(source, 0, number),
        Values.of("c" + number % CARDS, number % 97, Instant.ofEpochMilli(atMs)));
  }

  private static final class Payments implements GeneratorFunction<Long, SourceRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public SourceRecord map(Long number) {
      Event event = payment(number);
      LARGEST_LEAD_MS.accumulateAndGet(event.timeMs() - ORDERED_MS.get(), Math::max);
      return new SourceRecord.Good(0, event, START);
    }
  }

  private static final class Orders implements GeneratorFunction<Long, SourceRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public SourceRecord map(Long number) {
      Event event = event("orders", START + number * STEP_MS * (PAYMENTS / ORDERS), number);
      ORDERED_MS.set(event.timeMs());
      return new SourceRecord.Good(1, event, START);
    }
  }

  private static final class Refunds implements GeneratorFunction<Long, SourceRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public SourceRecord map(Long number) {
      return new SourceRecord.Good(2, event("refunds", START + number, number), START);
    }
  }

  private static final class Counted implements MapFunction<StoredEvent, StoredEvent> {
    private static final long serialVersionUID = 1;
    private final boolean late;

    private Counted(AtomicLong counter) {
      this.late = counter == PacesTest.LATE;
    }

    @Override
    public StoredEvent map(StoredEvent event) {
      (late ? LATE : APPLIED).incrementAndGet();
      return event;
    }
  }

  private static final class Kept implements MapFunction<VectorPart, VectorPart> {
    private static final long serialVersionUID = 1;

    @Override
    public VectorPart map(VectorPart answer) {
      ANSWERS.add((VectorPart.Answer) answer);
      return answer;
    }
  }
}
