package io.millrace.jobs.vector;

import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.ScoreRequest;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.gather.GatheringOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Where a request and the rows it asked for become a vector, keyed by the request's id. */
public final class VectorAssembler
    extends GatheringOperator<VectorPart, VectorPart.Request, ScoreRequest> {
  private static final long serialVersionUID = 2;

  private final DefinitionSet definitionSet;
  private final String service;

  private transient VectorPlan plan;

  public VectorAssembler(DefinitionSet definitionSet, String service) {
    super(VectorPartSerializer.INSTANCE);
    this.definitionSet = definitionSet;
    this.service = service;
  }

  @Override
  protected void prepare() {
    plan = VectorPlan.of(definitionSet.definitions().service(service), definitionSet.definitions());
  }

  @Override
  protected int places(VectorPart part) {
    return plan.lookups().size();
  }

  @Override
  protected void whole(VectorPart.Request request, Values[] rows) {
    output.collect(
        new StreamRecord<>(
            new ScoreRequest(
                request.requestId(),
                request.requestKey(),
                service,
                request.timeMs(),
                request.appendedAtMs(),
                plan.vector(request.values(), rows)),
            request.timeMs()));
  }
}
