package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoreRequest;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.legacy.YieldingOperatorFactory;

/**
 * Makes the operator in the task. That it yields keeps Flink from chaining it where it must not.
 */
@SuppressWarnings("deprecation") // Flink 2.3 knows yielding operators by this interface alone.
final class InferenceOperatorFactory extends AbstractStreamOperatorFactory<Prediction>
    implements OneInputStreamOperatorFactory<ScoreRequest, Prediction>,
        YieldingOperatorFactory<Prediction> {
  private static final long serialVersionUID = 1L;

  private final ModelSource source;
  private final ScoringOptions options;

  InferenceOperatorFactory(ModelSource source, ScoringOptions options) {
    this.source = source;
    this.options = options;
  }

  @Override
  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // The caller's T is this operator's type; Flink asks for it so.
  public <T extends StreamOperator<Prediction>> T createStreamOperator(
      StreamOperatorParameters<Prediction> parameters) {
    return (T) new InferenceOperator(parameters, source, options);
  }

  @Override
  @SuppressWarnings("rawtypes") // Flink's signature.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
    return InferenceOperator.class;
  }
}
