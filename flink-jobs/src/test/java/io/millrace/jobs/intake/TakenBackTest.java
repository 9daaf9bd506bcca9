package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import io.millrace.schema.Change;
import io.millrace.schema.ChangeCodec;
import io.millrace.schema.LocalSchemaRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the bytes of changes to states: what was never added is never taken back. */
class TakenBackTest {
  private static final String ROW =
      """
      {"type": "record", "name": "account", "fields": [
        {"name": "owner", "type": ["null", "string"], "default": null},
        {"name": "balance", "type": "long"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String DEFINITIONS =
      """
      kind: EventSource
      name: accounts
      topic: accounts
      schema: account.avsc
      event-time: {field: at, lateness: 10m}
      changes: debezium
      expect:
        - {name: sane, check: "balance < 100"}
        - {name: known, check: "balance != 50", on-fail: drop}
      ---
      kind: FeatureView
      name: owner
      version: 1
      entity: {keys: [owner], nulls: skip}
      source: accounts
      features:
        accounts: {count: "*"}
        total:    {sum: balance}
        rich:     {count: "*", where: "balance > 70"}
        least:    {min: balance, window: 7d}
      ---
      kind: FeatureService
      name: credit_v1
      request: accounts
      features: [owner.*]
      """;
  private static final long START = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
  private static final long LATENESS = Duration.ofMinutes(10).toMillis();
  private static final String SERVICE = "credit_v1";

  @TempDir Path folder;
  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private final CountedMetrics metrics = new CountedMetrics();

  /** What is known of the stream: which of the rows' images are counted. */
  private static final class Books {
    final List<Event> counted = new ArrayList<>();
    long watermarkMs = Long.MIN_VALUE;
    long subtracted;
    long notSubtracted;

    boolean takes(Event image) {
      long balance = image.values().longAt(1);
      return balance < 100 && balance != 50 && image.timeMs() + LATENESS >= watermarkMs;
    }

    void takeBack(Event image) {
      if (takes(image)) {
        Event same =
            counted.stream()
                .filter(e -> e.values().equals(image.values()))
                .findFirst()
                .orElseThrow();
        counted.remove(same);
        subtracted++;
      } else {
        notSubtracted++;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void shouldTakeBackWhatWasAddedAndNothingElse(long seed) throws Exception {
    Random random = new Random(seed);
    // Another source asks, so that rows are late only beyond the lateness.
    DefinitionSet set = define(DEFINITIONS.replace("request: accounts", "request: asks") + ASKS);
    ChangeCodec codec = new ChangeCodec(set.definitions().source("accounts"), registry);
    RecordReader reader = reader(set);
    Books books = new Books();
    List<Values> table = new ArrayList<>();
    try (var harness = harness(set)) {
      harness.open();
      for (int i = 0; i < 600; i++) {
        long now = START + i * 60_000L;
        Optional<Values> before = Optional.empty();
        Optional<Values> after = Optional.empty();
        if (!table.isEmpty() && random.nextInt(3) > 0) {
          before = Optional.of(table.remove(random.nextInt(table.size())));
        }
        if (before.isEmpty() || random.nextInt(3) > 0) {
          // Some keep their time, as where it is the time of creation.
          long at =
              before.isPresent() && random.nextBoolean()
                  ? before.get().longAt(2)
                  : now - random.nextInt(25) * 60_000L;
          String owner = random.nextInt(6) == 0 ? null : "o" + random.nextInt(3);
          long balance = random.nextInt(4) == 0 ? 50 + 50 * random.nextInt(2) : random.nextInt(99);
          after = Optional.of(Values.of(owner, balance, Instant.ofEpochMilli(at)));
          table.add(after.get());
        }
        byte[] bytes = codec.encode(new Change(before, after));
        long offset = i;
        before.ifPresent(row -> books.takeBack(image(row, offset)));
        Optional<Event> added = after.map(row -> image(row, offset)).filter(books::takes);
        added.ifPresent(books.counted::add);
        harness.processElement(new StreamRecord<>(read(reader, bytes, offset), now));
        if (random.nextInt(4) == 0) {
          books.watermarkMs = Math.max(books.watermarkMs, now - random.nextInt(10) * 60_000L);
          harness.processWatermark(new Watermark(books.watermarkMs));
        }
      }
      assertSame(set, harness.extractOutputValues(), books.counted, "seed " + seed);
    }
    assertThat(books.subtracted).as("seed %d", seed).isGreaterThan(20);
    assertThat(books.notSubtracted).as("seed %d", seed).isGreaterThan(20);
  }

  @Test
  void shouldNotTakeBackFromARequestSourceWhatWasLateForARequest() throws Exception {
    DefinitionSet set = define(DEFINITIONS);
    try (var harness = harness(set)) {
      harness.open();
      harness.processWatermark(new Watermark(START));
      Event late = image(Values.of("o", 7, Instant.ofEpochMilli(START - 1)), 1);
      harness.processElement(new StreamRecord<>(new SourceRecord.Good(0, late, START), START));
      harness.processElement(
          new StreamRecord<>(
              new SourceRecord.Change(0, Optional.of(late), Optional.empty(), START), START));
      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.getSideOutput(Intake.LATE)).hasSize(2);
    }
  }

  @Test
  void shouldCountWhatFailsAnExpectationOnceAndNotAgainWhenItGoes() throws Exception {
    DefinitionSet set = define(DEFINITIONS);
    ChangeCodec codec = new ChangeCodec(set.definitions().source("accounts"), registry);
    RecordReader reader = reader(set);
    Optional<Values> wrong = Optional.of(Values.of("o", 500, Instant.ofEpochMilli(START)));
    read(reader, codec.encode(new Change(Optional.empty(), wrong)), 1);
    read(reader, codec.encode(new Change(wrong, Optional.empty())), 2);
    assertThat(metrics.count("millrace.source.accounts.expectation.sane.failed")).isEqualTo(1);
  }

  private static final String ASKS =
      """
      ---
      kind: EventSource
      name: asks
      topic: asks
      schema: account.avsc
      event-time: {field: at}
      """;

  private static void assertSame(
      DefinitionSet set, List<ViewMessage> messages, List<Event> counted, String seed) {
    FeatureView view = set.definitions().view("owner");
    RowSchema rows = set.definitions().source("accounts").schema();
    ViewAggregator aggregator = ViewAggregator.of(view, set.definitions().source("accounts"));
    for (String owner : List.of("o0", "o1", "o2")) {
      byte[] state = ViewAggregator.EMPTY;
      for (ViewMessage message : messages) {
        if (message.stateKey().equals("owner_v1|" + owner)) {
          state =
              message.kind() == ViewMessage.Kind.RETRACT
                  ? aggregator.remove(state, message.timeMs(), message.order(), message.input())
                  : aggregator.add(state, message.timeMs(), message.order(), message.input());
        }
      }
      List<Event> ofOwner =
          counted.stream().filter(event -> owner.equals(event.values().textAt(0))).toList();
      assertThat(ofOwner).as(seed).isNotEmpty();
      long asOfMs =
          ofOwner.stream().map(Event::timeMs).max(Comparator.naturalOrder()).orElseThrow() + 1;
      asOfMs = Math.max(asOfMs, START + 600 * 60_000L);
      assertThat(aggregator.valuesAt(state, asOfMs).toString(aggregator.rowSchema()))
          .as("%s, %s", seed, owner)
          .isEqualTo(
              NaiveAggregator.valuesAt(view, rows, ofOwner, asOfMs)
                  .toString(aggregator.rowSchema()));
    }
  }

  private static Event image(Values row, long offset) {
    return new Event("accounts", row.longAt(2), new Position("accounts", 0, offset), row);
  }

  private DefinitionSet define(String definitions) throws Exception {
    Files.writeString(folder.resolve("account.avsc"), ROW);
    Files.writeString(folder.resolve("definitions.yaml"), definitions);
    return DefinitionSet.read(folder, Map.of());
  }

  private RecordReader reader(DefinitionSet set) {
    RecordReader reader =
        new RecordReader(set, "http://127.0.0.1:1", Map.of(), Duration.ofMinutes(10));
    reader.openWith(registry, metrics);
    return reader;
  }

  private static SourceRecord read(RecordReader reader, byte[] value, long offset) {
    List<SourceRecord> read = new ArrayList<>();
    reader.deserialize(
        new ConsumerRecord<>("accounts", 0, offset, null, value),
        new Collector<>() {
          @Override
          public void collect(SourceRecord one) {
            read.add(one);
          }

          @Override
          public void close() {}
        });
    return read.get(0);
  }

  private static OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage> harness(
      DefinitionSet set) throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage>(
            new ProcessOperator<>(new Intake(set, SERVICE)));
    harness.setup(ViewMessageSerializer.INSTANCE);
    return harness;
  }
}
