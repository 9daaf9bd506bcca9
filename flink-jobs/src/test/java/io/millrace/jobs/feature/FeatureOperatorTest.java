package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
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
        changes: debezium
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
    aggregator = ViewAggregator.of(view, definitions.source("payments"));
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
  void shouldChangeAValueOnTimeWithNoNewInput() throws Exception {
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
  void shouldSubtractWhatAChangeTakesBack() throws Exception {
    long seed = 19;
    Random random = new Random(seed);
    List<Event> present = new ArrayList<>(randomEvents(random, 400));
    List<ViewMessage> messages = new ArrayList<>(messagesOf(present));
    for (int i = 0; i < 250; i++) {
      // Half are updates of amount, card or time; half deletions.
      Event before = present.remove(random.nextInt(present.size()));
      messages.add(retractionOf(before));
      if (random.nextBoolean()) {
        String card = random.nextBoolean() ? "a" : before.values().textAt(0);
        long at = before.timeMs() + (random.nextBoolean() ? 0 : random.nextInt(600_000));
        Event after = event(card, random.nextInt(1_000), at, 1_000 + i);
        present.add(after);
        messages.add(messageOf(after));
      }
    }
    long end = present.stream().mapToLong(Event::timeMs).max().orElseThrow();
    // Some changes come before the watermark has passed what they change, the others repair.
    for (long heldBack : new long[] {Long.MAX_VALUE, 300}) {
      try (var harness = harness(0, 1)) {
        harness.open();
        for (int i = 0; i < messages.size(); i++) {
          if (i == heldBack) {
            harness.processWatermark(new Watermark(messages.get(200).timeMs()));
          }
          ViewMessage message = messages.get(i);
          harness.processElement(new StreamRecord<>(message, message.timeMs()));
        }
        for (String card : List.of("a", "b", "c")) {
          for (int k = 0; k < 40; k++) {
            long at = end + 1 + k * 97_777L;
            ViewMessage ask = ViewMessage.ask(0, "card_v1|" + card, at, k, 0, card + "@" + at, 0);
            harness.processElement(new StreamRecord<>(ask, at));
          }
        }
        harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
        List<VectorPart.Answer> answers = answersOf(harness);
        assertThat(answers).hasSize(120);
        for (VectorPart.Answer answer : answers) {
          String[] asked = answer.requestId().split("@");
          assertThat(answer.row())
              .as("seed %d, held back %d, %s", seed, heldBack, answer.requestId())
              .isEqualTo(naive(present, asked[0], Long.parseLong(asked[1])));
        }
      }
    }
  }

  @Test
  void shouldNotWakeForWhatWasTakenBack() throws Exception {
    long at = 100 * MINUTE;
    Event only = event("a", 5, at, 0);
    try (var harness = harness(0, 1)) {
      harness.open();
      harness.processElement(new StreamRecord<>(messageOf(only), at));
      harness.processWatermark(new Watermark(at + MINUTE));
      harness.processElement(new StreamRecord<>(retractionOf(only), at));
      harness.processWatermark(new Watermark(at + 1_000 * MINUTE));
      List<RowUpdate> rows = rowsOf(harness);
      assertThat(rows)
          .extracting(row -> row.row().asOfMs())
          .containsExactly(at + 1, at + MINUTE + 1);
      assertThat(rows.get(1).row().values()).isEqualTo(naive(List.of(), "a", at + MINUTE + 1));
    }
  }

  @Test
  void shouldEmitOnceForEachInstantAtWhichAValueChanges() throws Exception {
    long seed = 29;
    List<Event> events = randomEvents(new Random(seed), 300);
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
      List<RowUpdate> rows = rowsOf(harness);
      assertThat(rows.stream().map(row -> row.row().key() + "@" + row.row().asOfMs()))
          .as("seed %d", seed)
          .doesNotHaveDuplicates();
      // With no new event, a row is made where a tile or an event leaves a window: no more of them
      // than edges of tiles and events' ends there are.
      long byTime = rows.stream().filter(row -> row.appendedAtMs() == 0).count();
      long edges =
          events.stream()
              .flatMap(
                  event -> {
                    String card = event.values().textAt(0);
                    long tileEndMs = (event.timeMs() / (5 * MINUTE) + 1) * 5 * MINUTE;
                    return java.util.stream.Stream.of(
                        card + (event.timeMs() + 10 * MINUTE + 1),
                        card + (tileEndMs + 60 * MINUTE));
                  })
              .distinct()
              .count();
      assertThat(byTime).as("seed %d", seed).isPositive().isLessThanOrEqualTo(edges);
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

  @Test
  void shouldGoOnFromASavepointOfOtherFeatures() throws Exception {
    // Written with one definition, restored with another: one feature added in front of a new
    // view, one removed, two kept.
    long seed = 37;
    List<Event> events = randomEvents(new Random(seed), 600);
    long middle = events.get(300).timeMs();
    List<ViewMessage> messages = messagesOf(events);
    OperatorSubtaskState snapshot;
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messages) {
        if (message.timeMs() <= middle + 600_000) {
          harness.processElement(new StreamRecord<>(message, message.timeMs()));
        }
      }
      harness.processWatermark(new Watermark(middle));
      snapshot = harness.snapshot(1, 1);
    }
    Path file = folder.resolve("payments.yaml");
    String changed =
        Files.readString(file)
            .replace("  largest_1h: {max: amount, window: 1h, resolution: 5m}\n", "")
            .replace(
                "  spent_10m:",
                "  smallest_1h: {min: amount, window: 1h, resolution: 5m}\n  spent_10m:")
            .replace(
                "---\nkind: FeatureView\nname: card\n",
                """
                ---
                kind: FeatureView
                name: amount
                entity: {keys: [amount], nulls: skip}
                source: payments
                features:
                  seen: {count: "*"}
                ---
                kind: FeatureView
                name: card
                """);
    Files.writeString(file, changed);
    DefinitionSet changedSet = DefinitionSet.read(folder, Map.of());
    FeatureView kept = changedSet.definitions().view("card");
    int index = changedSet.definitions().views().indexOf(kept);
    assertThat(index).isOne();
    ViewAggregator after = ViewAggregator.of(kept, changedSet.definitions().source("payments"));
    set = changedSet;
    List<RowUpdate> rows;
    try (var harness = harness(0, 1)) {
      harness.initializeState(snapshot);
      harness.open();
      for (Event event : events) {
        if (event.timeMs() > middle + 600_000) {
          harness.processElement(
              new StreamRecord<>(
                  ViewMessage.event(
                      index,
                      "card_v1|" + event.values().textAt(0),
                      event.timeMs(),
                      event.position().order(),
                      0,
                      after.contribution(event.values())),
                  event.timeMs()));
        }
      }
      harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
      rows = rowsOf(harness);
    }
    assertThat(rows).hasSizeGreaterThan(200);
    int spent = after.rowSchema().requireIndexOf("spent_10m");
    int payments = after.rowSchema().requireIndexOf("payments_1h");
    int last = after.rowSchema().requireIndexOf("last_amount");
    for (RowUpdate update : rows) {
      assertThat(update.view()).isEqualTo(index);
      Values expected = naive(events, update.row().key().text(), update.row().asOfMs());
      Values actual = update.row().values();
      assertThat(List.of(actual.bitsAt(spent), actual.bitsAt(payments), actual.bitsAt(last)))
          .as("seed %d, %s", seed, update.row())
          .isEqualTo(List.of(expected.bitsAt(0), expected.bitsAt(1), expected.bitsAt(3)));
    }
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

  @Test
  void shouldReportAnOverflowOnceAndCountItForEachRow() throws Exception {
    List<Event> events =
        List.of(
            event("a", Long.MAX_VALUE, 1_000, 1),
            event("a", 7, 2_000, 2),
            event("b", 7, 2_500, 3),
            event("a", 8, 3_000, 4));
    try (var harness = harness(0, 1)) {
      harness.open();
      harness.setProcessingTime(99);
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(10_000));
      assertThat(rowsOf(harness).stream().filter(row -> row.row().values().isNull(0)).count())
          .isEqualTo(2);
      List<DeadLetter> letters = troubleOf(harness);
      assertThat(letters).hasSize(1);
      DeadLetter letter = letters.get(0);
      assertThat(letter.source()).isEqualTo("payments");
      assertThat(letter.position()).isEqualTo(new Position("payments", 0, 2));
      assertThat(letter.atMs()).isEqualTo(99);
      assertThat(letter.reason()).isEqualTo("overflow");
      assertThat(letter.detail())
          .isEqualTo(
              "spent_10m of key a of card_v1 as of 1970-01-01T00:00:02.001Z is no 64-bit integer,"
                  + " so the row has null; give spent_10m a FLOAT64 input, such as double(...), a"
                  + " shorter window, or a where that leaves out what is too large");
      // The large one leaves; later it happens again, and is told again.
      harness.processWatermark(new Watermark(3_000_000));
      Event again = event("a", Long.MAX_VALUE, 3_100_000, 5);
      for (Event event : List.of(again, event("a", 1, 3_100_001, 6))) {
        harness.processElement(new StreamRecord<>(messageOf(event), event.timeMs()));
      }
      harness.processWatermark(new Watermark(3_200_000));
      assertThat(troubleOf(harness)).hasSize(2);
    }
  }

  @Test
  void shouldNotReportAnOverflowAgainAfterARestart() throws Exception {
    List<Event> before = List.of(event("a", Long.MAX_VALUE, 1_000, 1), event("a", 7, 2_000, 2));
    OperatorSubtaskState snapshot;
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(before)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(10_000));
      assertThat(troubleOf(harness)).hasSize(1);
      snapshot = harness.snapshot(1, 1);
    }
    try (var harness = harness(0, 1)) {
      harness.initializeState(snapshot);
      harness.open();
      Event same = event("a", 8, 20_000, 3);
      harness.processElement(new StreamRecord<>(messageOf(same), same.timeMs()));
      harness.processWatermark(new Watermark(30_000));
      assertThat(rowsOf(harness)).as("the row still has no sum").isNotEmpty();
      assertThat(rowsOf(harness).get(0).row().values().isNull(0)).isTrue();
      assertThat(harness.getSideOutput(FeatureOperator.TROUBLE)).isNullOrEmpty();
      // It ends, and what begins after that is told again.
      harness.processWatermark(new Watermark(3_000_000));
      for (Event event :
          List.of(event("a", Long.MAX_VALUE, 3_100_000, 4), event("a", 1, 3_100_001, 5))) {
        harness.processElement(new StreamRecord<>(messageOf(event), event.timeMs()));
      }
      harness.processWatermark(new Watermark(3_200_000));
      assertThat(troubleOf(harness)).hasSize(1);
    }
  }

  @Test
  void shouldReportAKeyWithMoreInstantsThanAWindowKeepsApart() throws Exception {
    Path file = folder.resolve("payments.yaml");
    String bounded =
        Files.readString(file)
            .replace("{sum: amount, window: 10m}", "{sum: amount, window: 10m, most-instants: 16}");
    Files.writeString(file, bounded);
    set = DefinitionSet.read(folder, Map.of());
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      events.add(event("a", 1, 1_000 + i, i));
    }
    try (var harness = harness(0, 1)) {
      harness.open();
      for (ViewMessage message : messagesOf(events)) {
        harness.processElement(new StreamRecord<>(message, message.timeMs()));
      }
      harness.processWatermark(new Watermark(10_000));
      List<DeadLetter> letters = troubleOf(harness);
      assertThat(letters).hasSize(1);
      assertThat(letters.get(0).reason()).isEqualTo("coarsened");
      assertThat(letters.get(0).detail())
          .startsWith("key a of card_v1 has more events in a window than are kept apart")
          .endsWith("give these windows a resolution, or more most-instants");
      List<RowUpdate> rows = rowsOf(harness);
      assertThat(rows.get(rows.size() - 1).row().values().longAt(0)).isEqualTo(40);
    }
  }

  private static List<DeadLetter> troubleOf(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness) {
    return harness.getSideOutput(FeatureOperator.TROUBLE).stream()
        .map(record -> (DeadLetter) record.getValue())
        .toList();
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

  private ViewMessage retractionOf(Event event) {
    return ViewMessage.retract(
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
