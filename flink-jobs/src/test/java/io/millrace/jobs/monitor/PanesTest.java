package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class PanesTest {
  private static final Panes PANES = Panes.ofOutcomes(100, 20, 0.95);

  @Test
  void anySplitOverSubtasksAndRestartsGivesTheReportsOfOneCounter() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<Outcome> rows = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        rows.add(outcome(1 + random.nextInt(2), random.nextInt(900), random.nextInt(101)));
      }
      assertThat(reports(rows, 1, random, false))
          .as("seed %d", seed)
          .isNotEmpty()
          .isEqualTo(reports(rows, 1 + random.nextInt(4), random, true));
    }
  }

  @Test
  void shouldReportAPaneWhenItIsWholeAndOnlyOnce() throws Exception {
    try (var merger = merger()) {
      merger.open();
      merger.processElement(part(0, 3), 0);
      merger.processWatermark(new Watermark(118));
      assertThat(merger.extractOutputValues()).isEmpty();
      merger.processElement(part(0, 4), 0);
      merger.processWatermark(new Watermark(119));
      assertThat(merger.extractOutputValues()).extracting(DriftReport::rows).containsExactly(7L);

      merger.processElement(part(0, 5), 0);
      merger.processWatermark(new Watermark(500));
      assertThat(merger.extractOutputValues()).hasSize(1);
    }
  }

  @Test
  void shouldNotReportThePerformanceOfAPaneWithTooFewAnswers() throws Exception {
    try (var merger = merger()) {
      merger.open();
      // Of 100 rows the first pane has 95 answers, the second 94.
      merger.processElement(part(0, 95, 5), 0);
      merger.processElement(part(100, 94, 6), 0);
      merger.processWatermark(new Watermark(5000));
      assertThat(merger.extractOutputValues())
          .extracting(DriftReport::paneStartMs, DriftReport::rows)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(0L, 100L));
    }
  }

  @Test
  void shouldForgetReportedPanesAndTakeTheirRowsForLateThen() throws Exception {
    try (var merger = merger()) {
      merger.open();
      merger.processElement(part(0, 3), 0);
      merger.processWatermark(new Watermark(119));
      merger.processElement(part(100_000, 3), 0);
      merger.processWatermark(new Watermark(100_200));
      assertThat(merger.numKeyedStateEntries()).isOne();
      merger.processElement(part(0, 5), 0);
      merger.processWatermark(new Watermark(100_300));
      assertThat(merger.extractOutputValues()).hasSize(2);
    }
  }

  @Test
  void shouldGiveOutRowsOfAWholePaneAsAFurtherPart() throws Exception {
    try (var counter = counter()) {
      counter.open();
      counter.processElement(outcome(1, 10, 0), 10);
      counter.processWatermark(new Watermark(119));
      counter.processElement(outcome(1, 20, 0), 20);
      assertThat(counter.extractOutputValues()).hasSize(1);
      counter.processWatermark(new Watermark(120));
      assertThat(counter.extractOutputValues()).extracting(PanePart::rows).containsExactly(1L, 1L);
    }
  }

  @Test
  void shouldPassOverAVersionWithoutReference() throws Exception {
    try (var counter = counter()) {
      counter.open();
      counter.processElement(outcome(9, 10, 0), 10);
      counter.processElement(outcome(1, 10, 0), 10);
      counter.processWatermark(new Watermark(500));
      assertThat(counter.extractOutputValues()).extracting(PanePart::version).containsExactly(1);
    }
  }

  private static List<DriftReport> reports(
      List<Outcome> rows, int subtasks, Random random, boolean restarts) throws Exception {
    List<PanePart> parts = new ArrayList<>();
    for (int subtask = 0; subtask < subtasks; subtask++) {
      var counter = counter();
      counter.open();
      for (int i = subtask; i < rows.size(); i += subtasks) {
        if (restarts && random.nextInt(40) == 0) {
          OperatorSubtaskState state = counter.snapshot(1, 1);
          counter.close();
          counter = counter();
          counter.initializeState(state);
          counter.open();
        }
        counter.processElement(rows.get(i), rows.get(i).requestTimeMs());
      }
      counter.processWatermark(new Watermark(5000));
      parts.addAll(counter.extractOutputValues());
      counter.close();
    }
    var merger = merger();
    merger.open();
    for (PanePart part : parts) {
      if (restarts && random.nextInt(10) == 0) {
        OperatorSubtaskState state = merger.snapshot(1, 1);
        merger.close();
        merger = merger();
        merger.initializeState(state);
        merger.open();
      }
      merger.processElement(part, part.paneStartMs());
    }
    merger.processWatermark(new Watermark(5000));
    List<DriftReport> reports = new ArrayList<>(merger.extractOutputValues());
    merger.close();
    return reports;
  }

  private static Outcome outcome(int version, long timeMs, int hundredths) {
    return new Outcome(
        "p",
        "k",
        "delay_v1",
        "delay",
        version,
        timeMs,
        hundredths / 100.0,
        Outcome.Status.LABELLED,
        Optional.of(true),
        timeMs);
  }

  private static PanePart part(long startMs, int rows) {
    return part(startMs, rows, 0);
  }

  private static PanePart part(long startMs, int answered, int unanswered) {
    Tally<Outcome> tally = new CountedOutcomes().tally("delay", 1).orElseThrow();
    for (int i = 0; i < answered; i++) {
      tally.add(outcome(1, startMs, 10));
    }
    for (int i = 0; i < unanswered; i++) {
      tally.add(
          new Outcome(
              "p",
              "k",
              "delay_v1",
              "delay",
              1,
              startMs,
              0.1,
              Outcome.Status.UNANSWERED,
              Optional.empty(),
              startMs));
    }
    return new PanePart("delay", 1, startMs, answered + unanswered, tally.toBytes());
  }

  private static OneInputStreamOperatorTestHarness<Outcome, PanePart> counter() throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            new PaneCounter<>(new CountedOutcomes(), PANES), OutcomeSerializer.INSTANCE);
    harness.setup(PanePartSerializer.INSTANCE);
    return harness;
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, PanePart, DriftReport> merger()
      throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new PaneMerger<>(new CountedOutcomes(), PANES)),
            PanePart::model,
            Types.STRING);
    harness.setup(DriftReportSerializer.INSTANCE);
    return harness;
  }
}
