package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hops 1 and 2: what comes in is applied, late or dead, and nothing else. */
class IntakeTest {
  private static final long MINUTE = 60_000;
  private static final long NOON = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();

  @TempDir Path folder;
  private DefinitionSet set;

  @BeforeEach
  void define() throws Exception {
    for (String name : List.of("payment", "order")) {
      Files.writeString(
          folder.resolve(name + ".avsc"),
          """
          {"type": "record", "name": "%s", "fields": [
            {"name": "card", "type": ["null", "string"], "default": null},
            {"name": "amount", "type": "long"},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
          """
              .formatted(name));
    }
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, lateness: 10m, future: 1h}
        changes: debezium
        ---
        kind: EventSource
        name: orders
        topic: orders
        schema: order.avsc
        event-time: {field: at, lateness: 10m}
        ---
        kind: FeatureView
        name: card
        version: 1
        entity: {keys: [card], nulls: skip}
        source: payments
        features: {spent: {sum: amount}}
        ---
        kind: FeatureService
        name: fraud_v1
        request: orders
        features: [card.*]
        """);
    set = DefinitionSet.read(folder, Map.of());
  }

  @Test
  void shouldAccountForEveryRecordRead() throws Exception {
    long seed = 5;
    Random random = new Random(seed);
    OperatorSubtaskState snapshot;
    long sent = 0;
    try (var harness = harness()) {
      harness.open();
      for (int i = 0; i < 500; i++) {
        harness.processElement(new StreamRecord<>(anything(random, i), NOON));
        sent += 1;
        if (i % 20 == 0) {
          harness.processWatermark(new Watermark(NOON + i * MINUTE));
        }
      }
      snapshot = harness.snapshot(1, 1);
    }
    try (var harness = harness()) {
      harness.initializeState(snapshot);
      harness.open();
      for (int i = 500; i < 600; i++) {
        harness.processElement(new StreamRecord<>(anything(random, i), NOON));
        sent += 1;
      }
      long[] books = books(harness);
      assertThat(books[0]).as("read, seed %d", seed).isEqualTo(sent);
      assertThat(books[1] + books[2] + books[3]).as("seed %d", seed).isEqualTo(sent);
      assertThat(books[1]).isPositive();
      assertThat(books[2]).isPositive();
      assertThat(books[3]).isPositive();
    }
  }

  @Test
  void shouldRepairWithinLatenessAndCountLaterOnesLate() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processWatermark(new Watermark(NOON));
      harness.processElement(new StreamRecord<>(payment("a", NOON - 10 * MINUTE, 1), NOON));
      harness.processElement(new StreamRecord<>(payment("a", NOON - 10 * MINUTE - 1, 2), NOON));
      assertThat(harness.extractOutputValues())
          .extracting(ViewMessage::stateKey)
          .containsExactly("card_v1|a");
      assertThat(harness.getSideOutput(Intake.LATE)).hasSize(1);
      long[] books = books(harness);
      assertThat(books).startsWith(2, 1, 1, 0);
    }
  }

  @Test
  void shouldSendWhatAChangeTakesBackAndWhatItBringsToTheirOwnKeys() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement(
          new StreamRecord<>(
              change(payment("a", NOON, 7), Optional.of(payment("b", NOON + 1, 7))), NOON));
      harness.processElement(
          new StreamRecord<>(change(payment("b", NOON + 1, 8), Optional.empty()), NOON));
      assertThat(harness.extractOutputValues())
          .extracting(m -> m.kind() + " " + m.stateKey() + " " + (m.timeMs() - NOON))
          .containsExactly("RETRACT card_v1|a 0", "EVENT card_v1|b 1", "RETRACT card_v1|b 1");
      assertThat(harness.getSideOutput(Intake.EVENTS))
          .extracting(record -> record.getValue().takenBack())
          .containsExactly(true, false, true);
      assertThat(books(harness)).startsWith(2, 2, 0, 0);
    }
  }

  @Test
  void shouldJudgeEachHalfOfAChangeForItself() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processWatermark(new Watermark(NOON));
      harness.processElement(
          new StreamRecord<>(
              change(
                  payment("a", NOON - 10 * MINUTE - 1, 7), Optional.of(payment("b", NOON + 1, 7))),
              NOON));
      harness.processElement(
          new StreamRecord<>(change(payment("b", NOON + 1, 8), Optional.empty()), NOON));
      assertThat(harness.extractOutputValues())
          .extracting(m -> m.kind() + " " + m.stateKey())
          .containsExactly("EVENT card_v1|b", "RETRACT card_v1|b");
      assertThat(harness.getSideOutput(Intake.LATE))
          .extracting(record -> record.getValue().takenBack())
          .containsExactly(true);
      assertThat(books(harness)).startsWith(2, 1, 1, 0);
    }
  }

  @Test
  void shouldTakeBackTheRowBeforeWhenTheRowAfterIsRefused() throws Exception {
    DeadLetter letter =
        new DeadLetter("payments", new Position("payments", 0, 7), 1, "sane", "", new byte[0]);
    try (var harness = harness()) {
      harness.open();
      harness.processElement(
          new StreamRecord<>(
              change(payment("a", NOON, 7), Optional.of(new SourceRecord.Dead(letter))), NOON));
      assertThat(harness.extractOutputValues())
          .extracting(ViewMessage::kind)
          .containsExactly(ViewMessage.Kind.RETRACT);
      assertThat(harness.getSideOutput(Intake.DEAD_LETTERS)).hasSize(1);
      assertThat(books(harness)).startsWith(1, 0, 0, 1);
    }
  }

  @Test
  void aRequestBehindTheWatermarkIsLateWhateverTheLateness() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processWatermark(new Watermark(NOON));
      harness.processElement(new StreamRecord<>(order("a", NOON, 1), NOON));
      harness.processElement(new StreamRecord<>(order("a", NOON + 1, 2), NOON));
      assertThat(harness.extractOutputValues())
          .extracting(ViewMessage::requestId)
          .containsExactly("orders-0@2");
      assertThat(harness.getSideOutput(Intake.LATE)).hasSize(1);
    }
  }

  @Test
  void anEventWithoutAKeyIsAppliedAndTheViewSkipsIt() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement(new StreamRecord<>(payment(null, NOON, 1), NOON));
      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.getSideOutput(Intake.EVENTS)).hasSize(1);
      assertThat(books(harness)).startsWith(1, 1, 0, 0);
    }
  }

  @Test
  void aRequestWithoutAKeyAsksNobodyAndIsAnsweredAllTheSame() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement(new StreamRecord<>(order(null, NOON, 1), NOON));
      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.getSideOutput(Intake.requests()))
          .extracting(record -> record.getValue().requestId())
          .containsExactly("orders-0@1");
    }
  }

  @Test
  void garbageInATopicBecomesADeadLetterWithItsOrigin() throws Exception {
    RecordReader reader =
        new RecordReader(set, "http://127.0.0.1:1", Map.of(), Duration.ofMinutes(10));
    reader.open(new CountedMetrics());
    byte[] garbage = "not avro".getBytes(StandardCharsets.UTF_8);
    DeadLetter letter =
        ((SourceRecord.Dead) read(reader, new ConsumerRecord<>("payments", 1, 42L, null, garbage)))
            .letter();
    assertThat(letter.reason()).isEqualTo("malformed");
    assertThat(letter.position()).isEqualTo(new Position("payments", 1, 42));
    assertThat(letter.source()).isEqualTo("payments");
    assertThat(letter.value()).isEqualTo(garbage);
    assertThat(read(reader, new ConsumerRecord<>("payments", 1, 43L, null, new byte[0])))
        .isInstanceOf(SourceRecord.Dead.class);
    assertThat(read(reader, new ConsumerRecord<>("payments", 1, 44L, null, null)))
        .isInstanceOf(SourceRecord.Dead.class);
  }

  private static SourceRecord read(RecordReader reader, ConsumerRecord<byte[], byte[]> record) {
    List<SourceRecord> read = new ArrayList<>();
    reader.deserialize(
        record,
        new Collector<>() {
          @Override
          public void collect(SourceRecord one) {
            read.add(one);
          }

          @Override
          public void close() {}
        });
    assertThat(read).hasSize(1);
    return read.get(0);
  }

  private SourceRecord anything(Random random, int i) {
    long at = NOON + i * MINUTE - random.nextInt(60) * MINUTE;
    return switch (random.nextInt(5)) {
      case 4 ->
          change(
              payment("b", at - random.nextInt(30) * MINUTE, i),
              random.nextBoolean() ? Optional.of(payment("b", at, i)) : Optional.empty());
      case 0 -> order("a", at, i);
      case 1 ->
          random.nextBoolean()
              ? new SourceRecord.Dropped()
              : new SourceRecord.Dead(
                  new DeadLetter(
                      "payments",
                      new Position("payments", 0, i),
                      at,
                      "malformed",
                      "",
                      new byte[0]));
      default -> payment("a", at, i);
    };
  }

  private static SourceRecord change(SourceRecord before, Optional<SourceRecord> after) {
    SourceRecord.Good good = (SourceRecord.Good) before;
    return new SourceRecord.Change(0, Optional.of(good.event()), after, NOON);
  }

  private static SourceRecord payment(String card, long atMs, long offset) {
    return event(0, "payments", card, atMs, offset);
  }

  private static SourceRecord order(String card, long atMs, long offset) {
    return event(1, "orders", card, atMs, offset);
  }

  private static SourceRecord event(int source, String name, String card, long atMs, long offset) {
    return new SourceRecord.Good(
        source,
        new Event(
            name,
            atMs,
            new Position(name, 0, offset),
            Values.of(card, 1, Instant.ofEpochMilli(atMs))),
        atMs);
  }

  private static long[] books(OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage> harness)
      throws Exception {
    harness.snapshot(2, 2);
    var state =
        ((ProcessOperator<?, ?>) harness.getOperator())
            .getOperatorStateBackend()
            .getListState(
                new org.apache.flink.api.common.state.ListStateDescriptor<>(
                    "books",
                    org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo
                        .LONG_PRIMITIVE_ARRAY_TYPE_INFO));
    return state.get().iterator().next();
  }

  private OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage> harness() throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage>(
            new ProcessOperator<>(new Intake(set, "fraud_v1")));
    harness.setup(ViewMessageSerializer.INSTANCE);
    return harness;
  }
}
