package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.vector.VectorPart;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hops 3 and 4 against the oracle: order, ties, wakes, late events, restarts and rescaling. */
class FeatureOperatorTest {
  private static final int MAX_PARALLELISM = 128;
  private static final long MINUTE = 60_000;

  @TempDir Path folder;
  private DefinitionSet set;
  private FeatureView view;
  private RowSchema schema;
  private ViewAggregator aggregator;

  @BeforeEach
  void defineAView() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "amount", "type": ["null", "long"], "default": null},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m, lateness: 1h}
        ---
        kind: FeatureView
        name: card
        version: 1
        entity: {keys: [card], nulls: skip}
        source: payments
        features:
          spent_10m: {sum: amount, window: 10m}
          payments_1h: {count: "*", window: 1h, resolution: 5m}
          largest_1h: {max: amount, window: 1h, resolution: 5m}
          last_amount: {last: amount}
        """);
    set = DefinitionSet.read(folder, Map.of());
    Definitions definitions = set.definitions();
    view = definitions.view("card");
    schema = definitions.source("payments").schema();
    aggregator = ViewAggregator.of(view, schema);
  }

  @Test
  void shouldAnswerEveryRequestFromTheEventsStrictlyBeforeIt() throws Exception {
    long seed = 20130101;
    Random random = new Random(seed);
    List<Event> events = randomEvents(random, 2_000);
    List<ViewMessage> messages = new ArrayList<>(messagesOf(events));
    Map<String, Long> asked = new HashMap<>();
    Map<String, String> cardOf = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      // Half of them exactly at an event's time: a request never sees its ties.
      Event near = events.get(random.nextInt(events.size()));
      long at = random.nextBoolean() ? near.timeMs() : near.timeMs() + random.nextInt(10_000);
      String card = near.values().textAt(0);
      asked.put("r" + i, at);
      cardOf.put("r" + i, card);
      messages.add(ViewMessage.ask(0, "card_v1|" + card, at, i, 0, "r" + i, 0));
    }
    Collections.shuffle(messages, random);
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messages) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
      List<VectorPart.Answer> answers = answersOf(harness);
      assertThat(answers).hasSize(500);
      for (VectorPart.Answer answer : answers) {
        Values expected =
            naive(events, cardOf.get(answer.requestId()), asked.get(answer.requestId()));
        assertThat(answer.row())
            .as("seed %d, request %s", seed, answer.requestId())
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void shouldChangeAValueOnTimeWhenEventsLeaveItsWindowWithNoNewInput() throws Exception {
    long seed = 7;
    List<Event> events = randomEvents(new Random(seed), 200);
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
      List<RowUpdate> rows = rowsOf(harness);
      assertThat(rows.stream().filter(row -> row.appendedAtMs() == 0).count())
          .as("rows made by time alone")
          .isGreaterThan(100);
      for (RowUpdate row : rows) {
        assertThat(row.row().values())
            .as("seed %d, %s as of %d", seed, row.row().key(), row.row().asOfMs())
            .isEqualTo(naive(events, row.row().key().text(), row.row().asOfMs()));
      }
      // Between two rows of a key nothing changed: the newest row is the value at any instant.
      for (long at = events.get(0).timeMs(); at < events.get(0).timeMs() + 3_600_000; at += 7_777) {
        for (String card : List.of("a", "b", "c")) {
          long asOf = at;
          rows.stream()
              .map(RowUpdate::row)
              .filter(row -> row.key().text().equals(card) && row.asOfMs() <= asOf)
              .max(Comparator.comparingLong(row -> row.asOfMs()))
              .ifPresent(
                  newest ->
                      assertThat(newest.values())
                          .as("seed %d, %s at %d", seed, card, asOf)
                          .isEqualTo(naive(events, card, asOf)));
        }
      }
    }
  }

  @Test
  void shouldGiveTheSameRowsWhateverTheOrderOfArrival() throws Exception {
    List<Event> events = randomEvents(new Random(11), 500);
    List<List<String>> outcomes = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      List<ViewMessage> messages = new ArrayList<>(messagesOf(events));
      Collections.shuffle(messages, new Random(run));
      try (var harness = harness(0, 1)) {
        harness.open();
        for (ViewMessage message : messages) {
          harness.processElement(new StreamRecord<>(message, message.timeMs()));
        }
        harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
        outcomes.add(rowsOf(harness).stream().map(row -> row.row().toString()).toList());
      }
    }
    assertThat(outcomes.get(1)).isEqualTo(outcomes.get(0));
    assertThat(outcomes.get(2)).isEqualTo(outcomes.get(0));
  }

  @Test
  void shouldRepairTheNewestRowWhenAnEventComesBehindTheWatermark() throws Exception {
    long at = 100 * MINUTE;
    Event onTime = event("a", 5, at, 0);
    Event late = event("a", 7, at - 3 * MINUTE, 1);
    try (var harness = harness(0, 1)) {
      harness.open();
      harness.processElement(new StreamRecord<>(messageOf(onTime), at));
      harness.processWatermark(new Watermark(at + MINUTE));
      harness.processElement(new StreamRecord<>(messageOf(late), late.timeMs()));
      List<RowUpdate> rows = rowsOf(harness);
      assertThat(rows).hasSize(2);
      assertThat(rows.get(1).row().asOfMs()).isEqualTo(at + MINUTE + 1);
      assertThat(rows.get(1).row().sequence()).isGreaterThan(rows.get(0).row().sequence());
      assertThat(rows.get(1).row().values())
          .isEqualTo(naive(List.of(onTime, late), "a", at + MINUTE + 1));
    }
  }

  @Test
  void shouldKeepWhatWaitsOverARestartWithAnotherParallelism() throws Exception {
    long seed = 31;
    List<Event> events = randomEvents(new Random(seed), 600);
    long middle = events.get(300).timeMs();
    OperatorSubtaskState snapshot;
    List<String> rows = new ArrayList<>();
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(middle));
      snapshot = harness.snapshot(1, 1);
      rowsOf(harness).forEach(row -> rows.add(row.row().toString()));
    }
    for (int subtask = 0; subtask < 2; subtask++) {
      try (var harness = harness(subtask, 2)) {
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                snapshot, MAX_PARALLELISM, 1, 2, subtask));
        harness.open();
        harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
        rowsOf(harness).forEach(row -> rows.add(row.row().toString()));
      }
    }
    List<String> whole = new ArrayList<>();
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
      rowsOf(harness).forEach(row -> whole.add(row.row().toString()));
    }
    assertThat(rows).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(whole);
  }

  private List<Event> randomEvents(Random random, int count) {
    List<Event> events = new ArrayList<>();
    long at = 1_000 * MINUTE + 12_345;
    for (int i = 0; i < count; i++) {
      // Ties, short steps and gaps longer than the windows.
      int step = random.nextInt(100);
      at += step < 20 ? 0 : step < 95 ? random.nextInt(60_000) : random.nextInt(5_400_000);
      String card = String.valueOf((char) ('a' + random.nextInt(3)));
      Long amount = random.nextInt(10) == 0 ? null : (long) random.nextInt(1_000) - 300;
      events.add(event(card, amount, at, i));
    }
    return events;
  }

  private Event event(String card, Number amount, long atMs, long offset) {
    Values values =
        Values.of(
            card,
            amount == null ? null : (Object) amount.longValue(),
            java.time.Instant.ofEpochMilli(atMs));
    return new Event("payments", atMs, new Position("payments", 0, offset), values);
  }

  private List<ViewMessage> messagesOf(List<Event> events) {
    return events.stream().map(this::messageOf).toList();
  }

  private ViewMessage messageOf(Event event) {
    return ViewMessage.event(
        0,
        "card_v1|" + event.values().textAt(0),
        event.timeMs(),
        event.position().order(),
        1,
        aggregator.contribution(event.values()));
  }

  private Values naive(List<Event> events, String card, long asOfMs) {
    List<Event> ofCard =
        events.stream().filter(event -> event.values().textAt(0).equals(card)).toList();
    return NaiveAggregator.valuesAt(view, schema, ofCard, asOfMs);
  }

  private KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness(
      int subtask, int parallelism) throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new FeatureOperator(set),
            ViewMessage::stateKey,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.setStateBackend(new EmbeddedRocksDBStateBackend());
    harness.setup(RowUpdateSerializer.INSTANCE);
    return harness;
  }

  private static List<RowUpdate> rowsOf(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness) {
    return new ArrayList<>(harness.extractOutputValues());
  }

  private static List<VectorPart.Answer> answersOf(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness) {
    return harness.getSideOutput(FeatureOperator.ANSWERS).stream()
        .map(record -> (VectorPart.Answer) record.getValue())
        .toList();
  }
}
