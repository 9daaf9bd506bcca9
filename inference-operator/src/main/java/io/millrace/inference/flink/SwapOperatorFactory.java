package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelControl;
import io.millrace.inference.ModelVersions;
import io.millrace.inference.ScoreRequest;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.legacy.YieldingOperatorFactory;

/**
 * Makes the operator with two inputs in the task. That it yields keeps Flink from chaining it where
 * it must not.
 */
@SuppressWarnings("deprecation") // Flink 2.3 knows yielding operators by this interface alone.
final class SwapOperatorFactory extends AbstractStreamOperatorFactory<Prediction>
    implements TwoInputStreamOperatorFactory<ScoreRequest, ModelControl, Prediction>,
        YieldingOperatorFactory<Prediction> {
  private static final long serialVersionUID = 1L;

  private final ModelVersions versions;
  private final ScoringOptions options;

  SwapOperatorFactory(ModelVersions versions, ScoringOptions options) {
    this.versions = versions;
    this.options = options;
  }

  @Override
  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // The caller's T is this operator's type; Flink asks for it so.
  public <T extends StreamOperator<Prediction>> T createStreamOperator(
      StreamOperatorParameters<Prediction> parameters) {
    return (T) new SwapOperator(parameters, versions, options);
  }

  @Override
  @SuppressWarnings("rawtypes") // Flink's signature.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
    return SwapOperator.class;
  }
}
