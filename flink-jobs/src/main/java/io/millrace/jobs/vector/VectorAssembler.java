package io.millrace.jobs.vector;

import io.millrace.feature.Values;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.ScoreRequest;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasedRow;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.gather.GatheringOperator;
import java.util.Optional;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Where a request and the rows it asked for become a vector, keyed by the request's id. */
public final class VectorAssembler
    extends GatheringOperator<VectorPart, VectorPart.Request, ScoreRequest> {
  private static final long serialVersionUID = 2;

  /** By which it answers erasures. */
  public static final String NAME = "vectors";

  private final DefinitionSet definitionSet;
  private final String service;

  private transient VectorPlan plan;

  public VectorAssembler(DefinitionSet definitionSet, String service) {
    this(definitionSet, service, ErasureSettings.none());
  }

  /**
   * @param erasures where it is told of subjects whose requests it drops
   */
  public VectorAssembler(DefinitionSet definitionSet, String service, ErasureSettings erasures) {
    super(VectorPartSerializer.INSTANCE, erasures, NAME);
    this.definitionSet = definitionSet;
    this.service = service;
  }

  @Override
  protected void prepare() {
    plan = VectorPlan.of(definitionSet.definitions().service(service), definitionSet.definitions());
  }

  @Override
  protected Optional<Erasure> erasedBy(VectorPart.Request request, ErasedSubjects subjects) {
    return ErasedRow.by(
        subjects,
        plan.request().schema(),
        request.values(),
        request.timeMs(),
        request.appendedAtMs());
  }

  @Override
  protected VectorPart.Request emptied(VectorPart.Request request) {
    return new VectorPart.Request(
        request.requestId(),
        request.requestId(),
        request.timeMs(),
        request.appendedAtMs(),
        request.answers(),
        new Values(0));
  }

  @Override
  protected boolean isEmptied(VectorPart.Request request) {
    return request.values().size() == 0;
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
