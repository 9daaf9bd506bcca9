package io.millrace.jobs.training;

import io.millrace.feature.Values;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.gather.GatheringOperator;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import io.millrace.offline.training.SpinePlan;
import java.util.Optional;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Where a row of the spine and the answers that it asked for become a row of the set, keyed by the
 * row's number. The number is the timestamp of what comes out.
 */
final class RowAssembler extends GatheringOperator<VectorPart, VectorPart.Request, TrainingSetRow> {
  private static final long serialVersionUID = 1;

  private final TrainingPlan training;

  private transient SpinePlan spine;
  private transient VectorPlan vectors;

  RowAssembler(TrainingPlan training) {
    super(VectorPartSerializer.INSTANCE, ErasureSettings.none(), "rows");
    this.training = training;
  }

  @Override
  protected void prepare() {
    spine = training.spinePlan();
    vectors = spine.vectors();
  }

  /** None: a job that ends reads what the store has left. */
  @Override
  protected Optional<Erasure> erasedBy(VectorPart.Request asking, ErasedSubjects subjects) {
    return Optional.empty();
  }

  @Override
  protected VectorPart.Request emptied(VectorPart.Request asking) {
    return asking;
  }

  @Override
  protected boolean isEmptied(VectorPart.Request asking) {
    return false;
  }

  @Override
  protected int places(VectorPart part) {
    return vectors.lookups().size();
  }

  @Override
  protected void whole(VectorPart.Request asking, Values[] rows) {
    long number = Long.parseLong(asking.requestId());
    Values carried = spine.carried(asking.values());
    Values vector = vectors.vector(spine.request(asking.values(), asking.timeMs()), rows);
    Values row = new Values(carried.size() + vector.size());
    for (int i = 0; i < row.size(); i++) {
      boolean isCarried = i < carried.size();
      row.copyFrom(i, isCarried ? carried : vector, isCarried ? i : i - carried.size());
    }
    output.collect(new StreamRecord<>(new TrainingSetRow(number, row), number));
  }
}
