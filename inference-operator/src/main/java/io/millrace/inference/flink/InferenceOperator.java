package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoreRequest;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Scores with one version until the job ends. */
final class InferenceOperator extends BatchingOperator
    implements OneInputStreamOperator<ScoreRequest, Prediction>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final ModelSource source;
  private transient ServingVersion version;

  InferenceOperator(
      StreamOperatorParameters<Prediction> parameters, ModelSource source, ScoringOptions options) {
    super(parameters, options);
    this.source = source;
  }

  @Override
  ServingVersion openServing() throws Exception {
    version = ServingVersion.of(source.open(), options.maxBatch());
    return version;
  }

  @Override
  public void processElement(StreamRecord<ScoreRequest> element) throws Exception {
    score(element);
  }

  @Override
  public void endInput() throws Exception {
    drain();
  }

  @Override
  void release() throws Exception {
    if (version != null) {
      version.close();
    }
  }
}
