package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** How Flink moves the records of scoring between tasks; no reflection, no Kryo. */
public final class InferenceTypes {
  public static final TypeInformation<ScoreRequest> SCORE_REQUEST =
      new RecordTypeInfo<>(ScoreRequest.class, ScoreRequestSerializer.INSTANCE);
  public static final TypeInformation<Prediction> PREDICTION =
      new RecordTypeInfo<>(Prediction.class, PredictionSerializer.INSTANCE);
  public static final TypeInformation<ScoreFailure> SCORE_FAILURE =
      new RecordTypeInfo<>(ScoreFailure.class, ScoreFailureSerializer.INSTANCE);
  public static final TypeInformation<ModelControl> MODEL_CONTROL =
      new RecordTypeInfo<>(ModelControl.class, ModelControlSerializer.INSTANCE);
  public static final TypeInformation<ModelAck> MODEL_ACK =
      new RecordTypeInfo<>(ModelAck.class, ModelAckSerializer.INSTANCE);
  public static final TypeInformation<ShadowScore> SHADOW_SCORE =
      new RecordTypeInfo<>(ShadowScore.class, ShadowScoreSerializer.INSTANCE);

  private InferenceTypes() {}
}
