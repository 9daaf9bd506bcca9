package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.inference.ModelSource;
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
}
