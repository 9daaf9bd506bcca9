package io.millrace.schema;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.ShadowScore;

/**
 * The records of the loop in Avro. Their schemas are made from the Java records; golden files in
 * the tests say what they are, so that none changes unseen.
 */
public final class LoopRecords {
  public static final RecordMapping<Outcome> OUTCOME = RecordMapping.of(Outcome.class);
  public static final RecordMapping<DriftReport> DRIFT_REPORT = RecordMapping.of(DriftReport.class);
  public static final RecordMapping<RetrainRequest> RETRAIN_REQUEST =
      RecordMapping.of(RetrainRequest.class);
  public static final RecordMapping<RetrainStatus> RETRAIN_STATUS =
      RecordMapping.of(RetrainStatus.class);
  public static final RecordMapping<ModelControl> MODEL_CONTROL =
      RecordMapping.of(ModelControl.class);
  public static final RecordMapping<ModelAck> MODEL_ACK = RecordMapping.of(ModelAck.class);
  public static final RecordMapping<ShadowScore> SHADOW_SCORE = RecordMapping.of(ShadowScore.class);
  public static final RecordMapping<Erasure> ERASURE = RecordMapping.of(Erasure.class);
  public static final RecordMapping<ErasureAck> ERASURE_ACK = RecordMapping.of(ErasureAck.class);
  public static final RecordMapping<ParityReport> PARITY_REPORT =
      RecordMapping.of(ParityReport.class);

  private LoopRecords() {}
}
