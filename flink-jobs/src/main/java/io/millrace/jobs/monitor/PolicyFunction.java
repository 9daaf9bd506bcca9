package io.millrace.jobs.monitor;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.policy.Decision;
import io.millrace.inference.policy.PolicyState;
import io.millrace.inference.policy.RetrainPolicy;
import java.io.Serializable;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policy in keyed state: one machine a model. It reads the clock off the reports and needs no
 * watermark. A request leaves in the same checkpoint as the state that remembers it, so that with a
 * transactional sink it is sent once.
 */
final class PolicyFunction extends KeyedProcessFunction<String, PolicyEvent, RetrainRequest> {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(PolicyFunction.class);

  private final Maker maker;
  private transient RetrainPolicy policy;
  private transient ValueState<byte[]> state;
  private transient PolicyState latest;

  /** Makes the policy on the task manager. */
  @FunctionalInterface
  interface Maker extends Serializable {
    RetrainPolicy make();
  }

  PolicyFunction(Maker maker) {
    this.maker = maker;
  }

  @Override
  public void open(OpenContext context) {
    policy = maker.make();
    state =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "policy", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    latest = policy.initial();
    var metrics = getRuntimeContext().getMetricGroup().addGroup("millrace");
    metrics.gauge("policyPhase", () -> latest.phase().ordinal());
    metrics.gauge("policyIncidents", () -> latest.incidents());
    metrics.gauge("policyRequests", () -> latest.requests());
  }

  @Override
  public void processElement(PolicyEvent event, Context context, Collector<RetrainRequest> out)
      throws Exception {
    byte[] bytes = state.value();
    PolicyState before = bytes == null ? policy.initial() : PolicyState.fromBytes(bytes);
    Decision decision = decide(before, event);
    state.update(decision.state().toBytes());
    latest = decision.state();
    if (before.phase() != latest.phase()) {
      LOG.info(
          "The policy of {} goes from {} to {}: {}",
          event.model(),
          before.phase(),
          latest.phase(),
          decision.why());
    }
    decision.request().ifPresent(out::collect);
  }

  private Decision decide(PolicyState before, PolicyEvent event) {
    if (event instanceof PolicyEvent.Report report) {
      return policy.decide(before, report.report());
    }
    if (event instanceof PolicyEvent.Status status) {
      return policy.decide(before, status.status());
    }
    return policy.decide(before, ((PolicyEvent.Control) event).control());
  }
}
