package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringModel;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SwapJobTest {
  private static final int ROWS = 12_000;
  private static final int SWAPS = 20;
  private static final Queue<Prediction> PREDICTIONS = new ConcurrentLinkedQueue<>();
  private static final Queue<ModelAck> ACKS = new ConcurrentLinkedQueue<>();

  private static ModelControl control(long i) {
    int champion = (int) (1 + (i + 1) % 2);
    return new ModelControl(
        "trees", i + 1, ModelControl.Op.ACTIVATE, champion, 3 - champion, 0, "test", i);
  }

  private static final class KeepPrediction implements MapFunction<Prediction, Prediction> {
    @Override
    public Prediction map(Prediction prediction) {
      PREDICTIONS.add(prediction);
      return prediction;
    }
  }

  private static final class KeepAck implements MapFunction<ModelAck, ModelAck> {
    @Override
    public ModelAck map(ModelAck ack) {
      ACKS.add(ack);
      return ack;
    }
  }

  @Test
  void shouldScoreEveryRequestOnceWhileVersionsChangeInTwoTasks() throws Exception {
    PREDICTIONS.clear();
    ACKS.clear();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, new Configuration());
    env.enableCheckpointing(50);
    var requests =
        env.fromSource(
            new DataGeneratorSource<>(
                i -> SwapHarness.request(i.intValue()),
                ROWS,
                RateLimiterStrategy.perSecond(4_000),
                InferenceTypes.SCORE_REQUEST),
            WatermarkStrategy.noWatermarks(),
            "requests");
    var control =
        env.fromSource(
                new DataGeneratorSource<>(
                    SwapJobTest::control,
                    SWAPS,
                    RateLimiterStrategy.perSecond(10),
                    InferenceTypes.MODEL_CONTROL),
                WatermarkStrategy.noWatermarks(),
                "control")
            .setParallelism(1);
    var predictions =
        Scoring.score(requests, control, new TreeVersions(1), new ScoringOptions(64)).uid("score");
    predictions
        .map(new KeepPrediction())
        .returns(InferenceTypes.PREDICTION)
        .sinkTo(new DiscardingSink<>());
    predictions
        .getSideOutput(Scoring.ACKS)
        .map(new KeepAck())
        .returns(InferenceTypes.MODEL_ACK)
        .sinkTo(new DiscardingSink<>());
    env.execute();

    assertThat(PREDICTIONS).hasSize(ROWS);
    assertThat(PREDICTIONS.stream().map(Prediction::id).distinct()).hasSize(ROWS);
    assertThat(ACKS).isNotEmpty().allMatch(ModelAck::ready).allMatch(ack -> ack.subtasks() == 2);
    Set<Integer> used = new TreeSet<>();
    try (ScoringModel one = new TreeModelSource(1).open();
        ScoringModel two = new TreeModelSource(2).open();
        ScoreBatch first = one.newBatch(1);
        ScoreBatch second = two.newBatch(1)) {
      for (Prediction prediction : PREDICTIONS) {
        used.add(prediction.modelVersion());
        ScoreBatch batch = List.of(first, second).get(prediction.modelVersion() - 1);
        one.encoder().encode(prediction.vector(), batch.input(), 0);
        batch.run(1);
        assertThat(prediction.score()).as(prediction.id()).isEqualTo(batch.score(0));
      }
    }
    assertThat(used).containsExactly(1, 2);
  }
}
