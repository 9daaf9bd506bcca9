package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
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

  private InferenceTypes() {}
}
