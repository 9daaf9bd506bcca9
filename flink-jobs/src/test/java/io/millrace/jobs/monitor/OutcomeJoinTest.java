package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.Outcome.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
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
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(random.nextBoolean())));
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
      harness.processElement2(new LabelEvent("a", 110, Optional.of(true)), 110);
      harness.processElement2(new LabelEvent("b", 111, Optional.of(true)), 111);
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
      harness.processElement2(new LabelEvent("a", 20, Optional.empty()), 20);
      advance(harness, 30);
      harness.processElement1(prediction("p", "a", 10), 10);
      harness.processElement2(new LabelEvent("nobody", 40, Optional.of(true)), 40);
      advance(harness, 500);
      assertThat(harness.extractOutputValues())
          .extracting(Outcome::status)
          .containsExactly(Status.NO_LABEL);
      assertThat(harness.numKeyedStateEntries()).isZero();
    }
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
              .min(Comparator.comparingLong(LabelEvent::timeMs));
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
              first.map(LabelEvent::timeMs).orElse(fromMs + HORIZON_MS)));
    }
    return outcomes;
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
