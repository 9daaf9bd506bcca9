package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.Outcome.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.types.StringValue;
import org.junit.jupiter.api.Test;

class OutcomeJoinTest {
  private static final long HORIZON_MS = 100;

  @Test
  void shouldEqualTheNaiveJoinOnDisorderedStreamsOverRestarts() throws Exception {
    for (long seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      List<Prediction> predictions = new ArrayList<>();
      List<LabelEvent> labels = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        String key = "k" + random.nextInt(12);
        predictions.add(prediction("p" + i, key, random.nextInt(1000)));
      }
      for (int i = 0; i < 50; i++) {
        labels.add(
            new LabelEvent(
                "k" + random.nextInt(14),
                random.nextInt(1200),
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(random.nextBoolean()),
                OptionalLong.of(new Position("t", random.nextInt(3), i).order())));
      }
      assertThat(joined(predictions, labels, random))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(naive(predictions, labels));
    }
  }

  @Test
  void shouldTakeAnEventAtTheHorizonAndNoneAfterIt() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement1(prediction("in", "a", 10), 10);
      harness.processElement1(prediction("out", "b", 10), 10);
      harness.processElement2(label("a", 110, Optional.of(true), 1), 110);
      harness.processElement2(label("b", 111, Optional.of(true), 2), 111);
      advance(harness, 500);
      assertThat(harness.extractOutputValues())
          .extracting(Outcome::predictionId, Outcome::status, Outcome::labelTimeMs)
          .containsExactlyInAnyOrder(
              org.assertj.core.groups.Tuple.tuple("in", Status.LABELLED, 110L),
              org.assertj.core.groups.Tuple.tuple("out", Status.UNANSWERED, 110L));
    }
  }

  @Test
  void shouldGiveOneOutcomeForAPredictionThatComesTwiceAndKeepNoState() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement1(prediction("p", "a", 10), 10);
      harness.processElement2(label("a", 20, Optional.empty(), 1), 20);
      advance(harness, 30);
      harness.processElement1(prediction("p", "a", 10), 10);
      harness.processElement2(label("nobody", 40, Optional.of(true), 2), 40);
      advance(harness, 500);
      assertThat(harness.extractOutputValues())
          .extracting(Outcome::status)
          .containsExactly(Status.NO_LABEL);
      assertThat(harness.numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void shouldLetTheFirstInItsTopicTellOfTwoEventsOfAnInstantWhicheverComesFirst() throws Exception {
    for (List<Long> offsets : List.of(List.of(7L, 8L), List.of(8L, 7L))) {
      try (var harness = harness()) {
        harness.open();
        harness.processElement1(prediction("p", "a", 10), 10);
        for (long offset : offsets) {
          harness.processElement2(label("a", 20, Optional.of(offset == 7), offset), 20);
        }
        advance(harness, 30);
        assertThat(harness.extractOutputValues())
            .as("read in the order %s", offsets)
            .extracting(Outcome::label, Outcome::labelPartition, Outcome::labelOffset)
            .containsExactly(
                org.assertj.core.groups.Tuple.tuple(
                    Optional.of(true), Optional.of(0), Optional.of(7L)));
      }
    }
  }

  @Test
  void shouldReadLabelsAndOutcomesOfCheckpointsThatKeptNoPosition() throws Exception {
    // As they were written: the label as one byte, and nothing after the times.
    DataOutputSerializer old = new DataOutputSerializer(64);
    StringValue.writeString("k", old);
    old.writeLong(20);
    old.writeByte(2);
    for (String text : List.of("p", "k", "s", "m")) {
      StringValue.writeString(text, old);
    }
    old.writeInt(1);
    old.writeLong(10);
    old.writeDouble(0.5);
    StringValue.writeString("LABELLED", old);
    old.writeBoolean(true);
    old.writeLong(20);
    DataInputDeserializer in = new DataInputDeserializer(old.getCopyOfBuffer());
    LabelEvent label = new LabelEvent("k", 20, Optional.empty(), OptionalLong.empty());
    Outcome outcome =
        new Outcome("p", "k", "s", "m", 1, 10, 0.5, Status.LABELLED, Optional.of(true), 20);
    assertThat(LabelEventSerializer.INSTANCE.deserialize(in)).isEqualTo(label);
    assertThat(OutcomeSerializer.INSTANCE.deserialize(in)).isEqualTo(outcome);
    assertThat(in.available()).isZero();

    DataOutputSerializer same = new DataOutputSerializer(64);
    LabelEventSerializer.INSTANCE.serialize(label, same);
    OutcomeSerializer.INSTANCE.serialize(outcome, same);
    assertThat(same.getCopyOfBuffer()).isEqualTo(old.getCopyOfBuffer());
  }

  /** Feeds both streams shuffled, yet none behind the watermark, with restarts in between. */
  private static List<Outcome> joined(
      List<Prediction> predictions, List<LabelEvent> labels, Random random) throws Exception {
    List<Object> all = new ArrayList<>();
    all.addAll(predictions);
    all.addAll(labels);
    Collections.shuffle(all, random);
    all.sort(Comparator.comparingLong(row -> timeOf(row) / 50));
    List<Outcome> outcomes = new ArrayList<>();
    var harness = harness();
    harness.open();
    for (Object row : all) {
      if (random.nextInt(10) == 0) {
        advance(harness, timeOf(row) / 50 * 50 - 1);
      }
      if (random.nextInt(25) == 0) {
        OperatorSubtaskState state = harness.snapshot(1, 1);
        outcomes.addAll(harness.extractOutputValues());
        harness.close();
        harness = harness();
        harness.initializeState(state);
        harness.open();
      }
      if (row instanceof Prediction prediction) {
        harness.processElement1(prediction, prediction.requestTimeMs());
      } else {
        harness.processElement2((LabelEvent) row, timeOf(row));
      }
    }
    advance(harness, 5000);
    outcomes.addAll(harness.extractOutputValues());
    harness.close();
    return outcomes;
  }

  private static List<Outcome> naive(List<Prediction> predictions, List<LabelEvent> labels) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Prediction prediction : predictions) {
      long fromMs = prediction.requestTimeMs();
      Optional<LabelEvent> first =
          labels.stream()
              .filter(label -> label.requestKey().equals(prediction.requestKey()))
              .filter(label -> label.timeMs() >= fromMs && label.timeMs() <= fromMs + HORIZON_MS)
              .min(
                  Comparator.comparingLong(LabelEvent::timeMs)
                      .thenComparing(label -> label.order().getAsLong()));
      Status status =
          first.isEmpty()
              ? Status.UNANSWERED
              : first.get().label().isPresent() ? Status.LABELLED : Status.NO_LABEL;
      outcomes.add(
          new Outcome(
              prediction.id(),
              prediction.requestKey(),
              "delay_v1",
              "delay",
              1,
              fromMs,
              0.5,
              status,
              first.flatMap(LabelEvent::label),
              first.map(LabelEvent::timeMs).orElse(fromMs + HORIZON_MS),
              first.map(label -> Position.partitionOf(label.order().getAsLong())),
              first.map(label -> Position.offsetOf(label.order().getAsLong()))));
    }
    return outcomes;
  }

  private static LabelEvent label(String key, long timeMs, Optional<Boolean> label, long offset) {
    return new LabelEvent(
        key, timeMs, label, OptionalLong.of(new Position("t", 0, offset).order()));
  }

  private static long timeOf(Object row) {
    return row instanceof Prediction prediction
        ? prediction.requestTimeMs()
        : ((LabelEvent) row).timeMs();
  }

  static Prediction prediction(String id, String key, long timeMs) {
    return new Prediction(id, key, "delay_v1", "delay", 1, timeMs, 0, 0, null, 0.5);
  }

  private static void advance(
      KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome> harness,
      long toMs)
      throws Exception {
    harness.processBothWatermarks(new Watermark(toMs));
  }

  private static KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome>
      harness() throws Exception {
    var harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new KeyedCoProcessOperator<>(new OutcomeJoin(HORIZON_MS)),
            Prediction::requestKey,
            LabelEvent::requestKey,
            Types.STRING);
    harness.setup(OutcomeSerializer.INSTANCE);
    return harness;
  }
}
