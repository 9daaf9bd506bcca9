package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl.Op;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringModel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class SwapOperatorTest {
  private SwapHarness harness;

  @BeforeEach
  void open() throws Exception {
    TreeVersions.OPEN.set(0);
    harness = new SwapHarness(new TreeVersions(1), 8, 1, 0);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
    assertThat(TreeVersions.OPEN).as("models that are still open").hasValue(0);
  }

  private static double score(Map<Integer, ScoringModel> models, int version, String id)
      throws Exception {
    ScoringModel model =
        models.computeIfAbsent(version, number -> new TreeModelSource(number).open());
    try (ScoreBatch one = model.newBatch(1)) {
      int number = Integer.parseInt(id.substring(1));
      model.encoder().encode(SwapHarness.request(number).vector(), one.input(), 0);
      one.run(1);
      return one.score(0);
    }
  }

  /** Every request has left once, in order, with the score of the version that it names. */
  private static Map<Integer, ScoringModel> requireTruth(int sent, List<Prediction> predictions)
      throws Exception {
    Map<Integer, ScoringModel> models = new TreeMap<>();
    assertThat(predictions).hasSize(sent);
    for (int i = 0; i < sent; i++) {
      Prediction prediction = predictions.get(i);
      assertThat(prediction.id()).isEqualTo("r" + i);
      assertThat(prediction.score())
          .as("%s by version %d", prediction.id(), prediction.modelVersion())
          .isEqualTo(score(models, prediction.modelVersion(), prediction.id()));
    }
    return models;
  }

  @Test
  void shouldLabelEveryPredictionTrulyOverAHundredSwapsUnderLoad() throws Exception {
    for (int epoch = 1; epoch <= 100; epoch++) {
      int champion = 1 + epoch % 3;
      harness.control(epoch, Op.ACTIVATE, champion, 1 + (epoch + 2) % 3, 0);
      while (harness.acks().size() < epoch) {
        harness.send();
        if (harness.sent() % 3 == 0) {
          harness.runMails();
        }
      }
      for (int i = 0; i < 20; i++) {
        harness.send();
      }
    }
    harness.end();

    assertThat(harness.acks()).hasSize(100).allMatch(ModelAck::ready);
    assertThat(harness.acks().get(99).version()).isEqualTo(2);
    Map<Integer, ScoringModel> used = requireTruth(harness.sent(), harness.predictions());
    assertThat(used).containsOnlyKeys(1, 2, 3);
    used.values().forEach(ScoringModel::close);
  }

  @Test
  void shouldRollBackBetweenTwoBatches() throws Exception {
    harness.control(1, Op.ACTIVATE, 2, 1, 0);
    harness.await(() -> harness.acks().size() == 1);
    harness.send();
    harness.send();
    harness.send();
    // One row runs and two wait, all encoded for version 2; the rows behind them are for 1.
    harness.control(2, Op.ROLLBACK, 1, 2, 0);
    assertThat(harness.acks()).hasSize(2);
    harness.send();
    harness.send();
    harness.end();

    assertThat(harness.predictions())
        .extracting(Prediction::modelVersion)
        .containsExactly(2, 2, 2, 1, 1);
    requireTruth(5, harness.predictions()).values().forEach(ScoringModel::close);
  }

  @Test
  void shouldIgnoreAStaleEpochAndAnotherModel() throws Exception {
    harness.control(5, Op.ACTIVATE, 2, 1, 0);
    harness.await(() -> harness.acks().size() == 1);
    harness.control(5, Op.ACTIVATE, 3, 2, 0);
    harness.control(4, Op.ROLLBACK, 1, 2, 0);
    harness.control("others", 9, Op.ACTIVATE, 3, 2, 0);
    harness.send();
    harness.end();

    assertThat(harness.predictions().get(0).modelVersion()).isEqualTo(2);
    assertThat(harness.acks()).hasSize(1);
  }

  @Test
  void shouldRefuseADamagedVersionAndLeaveTheChampionAlone() throws Exception {
    harness.control(1, Op.STAGE, 1, 0, TreeVersions.BROKEN);
    harness.await(() -> harness.acks().size() == 1);
    harness.control(2, Op.ACTIVATE, TreeVersions.BROKEN, 1, 0);
    harness.await(() -> harness.acks().size() == 2);
    harness.send();
    harness.end();

    assertThat(harness.acks())
        .extracting(ModelAck::epoch, ModelAck::ready, ModelAck::detail)
        .containsExactly(
            tuple(1L, false, "version 90 is damaged"), tuple(2L, false, "version 90 is damaged"));
    assertThat(harness.predictions().get(0).modelVersion()).isEqualTo(1);
  }

  @Test
  void shouldScoreTheSameRowsInTheShadow() throws Exception {
    harness.control(1, Op.STAGE, 1, 0, 2);
    harness.await(() -> harness.acks().size() == 1);
    for (int i = 0; i < 50; i++) {
      harness.send();
      int due = i + 1;
      harness.await(() -> harness.predictions().size() == due && harness.shadow().size() == due);
    }
    harness.control(2, Op.ABORT, 1, 0, 0);
    harness.send();
    harness.end();

    Map<Integer, ScoringModel> models = requireTruth(51, harness.predictions());
    assertThat(harness.shadow()).hasSize(50);
    for (int i = 0; i < 50; i++) {
      ShadowScore shadow = harness.shadow().get(i);
      assertThat(shadow.predictionId()).isEqualTo("r" + i);
      assertThat(shadow.championScore()).isEqualTo(harness.predictions().get(i).score());
      assertThat(shadow.shadowVersion()).isEqualTo(2);
      assertThat(shadow.shadowScore()).isEqualTo(score(models, 2, "r" + i));
    }
    models.values().forEach(ScoringModel::close);
  }

  @Test
  void shouldLetOnlyTheRequestsMoveTime() throws Exception {
    harness.operator().processWatermark2(new Watermark(5));
    harness.operator().processWatermarkStatus2(WatermarkStatus.IDLE);
    harness.operator().processWatermark1(new Watermark(9));
    harness.operator().processWatermarkStatus1(WatermarkStatus.IDLE);

    assertThat(harness.getOutput()).containsExactly(new Watermark(9), WatermarkStatus.IDLE);
  }

  @Test
  void shouldServeTheActivatedVersionAfterARestoreWithMoreTasks() throws Exception {
    harness.control(7, Op.ACTIVATE, 3, 1, 0);
    harness.await(() -> harness.acks().size() == 1);
    harness.control(8, Op.STAGE, 3, 1, TreeVersions.BROKEN);
    harness.await(() -> harness.acks().size() == 2);
    OperatorSubtaskState state = harness.snapshot(1, 1);

    for (int subtask = 0; subtask < 3; subtask++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(state, 16, 1, 3, subtask);
      try (SwapHarness restored = new SwapHarness(new TreeVersions(1), 8, 3, subtask)) {
        restored.initializeState(part);
        restored.open();
        restored.send();
        restored.control(8, Op.STAGE, 1, 0, 2);
        restored.end();
        restored.runMails();

        assertThat(restored.predictions().get(0).modelVersion()).isEqualTo(3);
        assertThat(restored.acks()).hasSize(1);
        ModelAck ack = restored.acks().get(0);
        assertThat(ack.epoch()).isEqualTo(8);
        assertThat(ack.subtask()).isEqualTo(subtask);
        assertThat(ack.subtasks()).isEqualTo(3);
        assertThat(ack.ready()).isFalse();
        assertThat(ack.detail()).isEqualTo("version 90 is damaged");
      }
    }
  }
}
