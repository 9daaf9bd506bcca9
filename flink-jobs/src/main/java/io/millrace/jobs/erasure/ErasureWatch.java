package io.millrace.jobs.erasure;

import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;

/**
 * An operator that keeps nothing of anyone and lets nothing of an erased subject pass: it only has
 * to hear of erasures, and to say so with its checkpoints.
 */
abstract class ErasureWatch<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<T, T> {
  private static final long serialVersionUID = 1;

  private final ErasureSettings settings;
  private final String name;
  private transient ErasureDuty duty;

  /**
   * @param name by which it answers
   */
  ErasureWatch(ErasureSettings settings, String name) {
    this.settings = settings;
    this.name = name;
  }

  /** What it knows; open between {@link #open} and {@link #close}. */
  final ErasureDuty duty() {
    return duty;
  }

  @Override
  public void open() throws Exception {
    super.open();
    duty = ErasureDuty.open(settings, name, getRuntimeContext().getTaskInfo());
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    duty.news().forEach(told -> duty.obeyed(told, 0));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    duty.taken(context.getCheckpointId(), getProcessingTimeService().getCurrentProcessingTime());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    duty.completed(checkpointId);
  }

  @Override
  public void close() throws Exception {
    if (duty != null) {
      duty.close();
    }
    super.close();
  }
}
