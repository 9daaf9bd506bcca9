package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ModelVersions;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/**
 * Scoring as a step of a job.
 *
 * <pre>{@code
 * SingleOutputStreamOperator<Prediction> predictions =
 *     Scoring.score(requests, RepositoryModelSource.champion(models, "delay"), ScoringOptions.defaults())
 *         .uid("score");
 * DataStream<ScoreFailure> failures = predictions.getSideOutput(Scoring.FAILURES);
 * }</pre>
 */
public final class Scoring {
  /** Requests that the model could not score. */
  public static final OutputTag<ScoreFailure> FAILURES =
      new OutputTag<>("score-failures", InferenceTypes.SCORE_FAILURE);

  /** What subtasks made of control records. */
  public static final OutputTag<ModelAck> ACKS =
      new OutputTag<>("model-acks", InferenceTypes.MODEL_ACK);

  /** What a staged candidate would have answered; some rows are skipped under load. */
  public static final OutputTag<ShadowScore> SHADOW =
      new OutputTag<>("shadow-scores", InferenceTypes.SHADOW_SCORE);

  private Scoring() {}

  /**
   * One prediction, or one failure at the side, for each request; in the requests' order, with
   * their timestamps, and with watermarks where they were.
   */
  public static SingleOutputStreamOperator<Prediction> score(
      DataStream<ScoreRequest> requests, ModelSource model, ScoringOptions options) {
    return requests
        .transform("score", InferenceTypes.PREDICTION, new InferenceOperatorFactory(model, options))
        .name("score");
  }

  /**
   * As {@link #score(DataStream, ModelSource, ScoringOptions)}, with the versions that the control
   * records name: they are loaded beside the stream, and change roles between two batches. At the
   * sides are {@link #ACKS} and {@link #SHADOW}. Watermarks of {@code control} are ignored.
   *
   * @param control any partitioning; it is broadcast here
   */
  public static SingleOutputStreamOperator<Prediction> score(
      DataStream<ScoreRequest> requests,
      DataStream<ModelControl> control,
      ModelVersions versions,
      ScoringOptions options) {
    return requests
        .connect(control.broadcast())
        .transform("score", InferenceTypes.PREDICTION, new SwapOperatorFactory(versions, options))
        .name("score");
  }
}
