package io.millrace.jobs.join;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pieces meet in whatever order they come, and over a restart with another parallelism. */
class JoinOperatorTest {
  private static final int MAX_PARALLELISM = 128;

  @TempDir Path folder;
  private DefinitionSet set;

  @BeforeEach
  void define() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "shop", "type": ["null", "string"], "default": null},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at}
        ---
        kind: FeatureView
        name: shop
        entity: {keys: [shop], nulls: skip}
        source: payments
        features: {payments: {count: "*"}}
        ---
        kind: FeatureView
        name: other
        entity: {keys: [card], nulls: skip}
        source: payments
        features: {payments: {count: "*"}}
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card], nulls: skip}
        source: payments
        join: {here: {view: shop, keys: {shop: shop}}, own: {view: other}}
        features: {sum: {sum: here__payments + own__payments}}
        """);
    set = DefinitionSet.read(folder, Map.of());
  }

  @Test
  void shouldLetEachEventGoOnceWithWhatItWasJoinedTo() throws Exception {
    long seed = 17;
    Random random = new Random(seed);
    ViewGraph graph = ViewGraph.of(set.definitions());
    JoinAsks asks = new JoinAsks(graph, set.definitions().source("payments"));
    List<JoinPart> parts = new ArrayList<>();
    List<ViewMessage> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String shop = random.nextInt(4) == 0 ? null : "s";
      Values values = Values.of("c" + random.nextInt(9), shop, Instant.ofEpochMilli(1_000 + i));
      Event event = new Event("payments", 1_000 + i, new Position("payments", 0, i), values);
      List<ViewMessage> asked = new ArrayList<>();
      asks.ask(event, 7, parts::add, asked::add);
      assertThat(asked).hasSize(shop == null ? 1 : 2);
      Values[] rows = new Values[2];
      for (ViewMessage ask : asked) {
        ViewGraph.NumberedJoin join = graph.joins().get(ask.lookup());
        rows[join.index()] = Values.of((long) random.nextInt(100));
        parts.add(
            new JoinPart.Answer(
                ask.requestId(), join.position(), join.index(), rows[join.index()]));
      }
      var node = graph.node("card");
      expected.add(
          ViewMessage.event(
              2,
              "card_v1|" + values.textAt(0),
              event.timeMs(),
              event.position().order(),
              7,
              node.aggregator().contribution(node.joined(values, rows))));
    }
    Collections.shuffle(parts, random);
    List<String> sent = new ArrayList<>();
    OperatorSubtaskState snapshot;
    int half = parts.size() / 2;
    try (var harness = harness(0, 1)) {
      harness.open();
      for (JoinPart part : parts.subList(0, half)) {
        harness.processElement(new StreamRecord<>(part, 0));
      }
      snapshot = harness.snapshot(1, 1);
      harness.extractOutputValues().forEach(message -> sent.add(text(message)));
    }
    for (int subtask = 0; subtask < 2; subtask++) {
      try (var harness = harness(subtask, 2)) {
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                snapshot, MAX_PARALLELISM, 1, 2, subtask));
        harness.open();
        for (JoinPart part : parts.subList(half, parts.size())) {
          int group =
              org.apache.flink.runtime.state.KeyGroupRangeAssignment.assignKeyToParallelOperator(
                  part.eventId(), MAX_PARALLELISM, 2);
          if (group == subtask) {
            harness.processElement(new StreamRecord<>(part, 0));
          }
        }
        harness.extractOutputValues().forEach(message -> sent.add(text(message)));
      }
    }
    assertThat(sent)
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(
            expected.stream().map(JoinOperatorTest::text).toList());
  }

  private static String text(ViewMessage message) {
    return message.stateKey()
        + " "
        + message.timeMs()
        + " "
        + message.order()
        + " "
        + message.appendedAtMs()
        + " "
        + java.util.Arrays.toString(message.input());
  }

  private KeyedOneInputStreamOperatorTestHarness<String, JoinPart, ViewMessage> harness(
      int subtask, int parallelism) throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new JoinOperator(set),
            JoinPart::eventId,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.setup(ViewMessageSerializer.INSTANCE);
    return harness;
  }
}
