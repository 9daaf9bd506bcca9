package io.millrace.jobs.vector;

import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.ScoreRequest;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KeyGroupedItems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Where a request and the rows it asked for meet, keyed by the request's id. The pieces wait on the
 * heap, since they arrive within one watermark of each other, and are part of the checkpoint by key
 * group.
 */
public final class VectorAssembler extends AbstractStreamOperator<ScoreRequest>
    implements OneInputStreamOperator<VectorPart, ScoreRequest> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitionSet;
  private final String service;

  private transient VectorPlan plan;
  private transient Map<String, Pieces> waiting;

  public VectorAssembler(DefinitionSet definitionSet, String service) {
    this.definitionSet = definitionSet;
    this.service = service;
  }

  private static final class Pieces {
    private VectorPart.Request request;
    private final VectorPart.Answer[] answers;
    private int answered;

    private Pieces(int lookups) {
      this.answers = new VectorPart.Answer[lookups];
    }

    private void add(VectorPart part) {
      if (part instanceof VectorPart.Request theRequest) {
        request = theRequest;
      } else if (part instanceof VectorPart.Answer answer && answers[answer.lookup()] == null) {
        answers[answer.lookup()] = answer;
        answered++;
      }
    }

    private boolean complete() {
      return request != null && answered == request.answers();
    }
  }

  @Override
  protected boolean isUsingCustomRawKeyedState() {
    return true;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    plan = VectorPlan.of(definitionSet.definitions().service(service), definitionSet.definitions());
    waiting = new HashMap<>();
    if (context.isRestored()) {
      KeyGroupedItems.read(
          context.getRawKeyedStateInputs(),
          VectorPartSerializer.INSTANCE,
          part -> piecesOf(part).add(part));
    }
    getMetricGroup().gauge("waiting", () -> waiting.size());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<VectorPart> parts = new ArrayList<>();
    for (Pieces pieces : waiting.values()) {
      if (pieces.request != null) {
        parts.add(pieces.request);
      }
      for (VectorPart.Answer answer : pieces.answers) {
        if (answer != null) {
          parts.add(answer);
        }
      }
    }
    KeyGroupedItems.write(
        parts,
        VectorPart::requestId,
        VectorPartSerializer.INSTANCE,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
        context.getRawKeyedOperatorStateOutput());
  }

  @Override
  public void processElement(StreamRecord<VectorPart> element) {
    VectorPart part = element.getValue();
    Pieces pieces = piecesOf(part);
    pieces.add(part);
    if (pieces.complete()) {
      waiting.remove(part.requestId());
      VectorPart.Request request = pieces.request;
      output.collect(
          new StreamRecord<>(
              new ScoreRequest(
                  request.requestId(),
                  request.requestKey(),
                  service,
                  request.timeMs(),
                  request.appendedAtMs(),
                  vectorOf(pieces)),
              request.timeMs()));
    }
  }

  private Values vectorOf(Pieces pieces) {
    Values[] rows = new Values[pieces.answers.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = pieces.answers[i] == null ? null : pieces.answers[i].row();
    }
    return plan.vector(pieces.request.values(), rows);
  }

  private Pieces piecesOf(VectorPart part) {
    return waiting.computeIfAbsent(part.requestId(), id -> new Pieces(plan.lookups().size()));
  }
}
