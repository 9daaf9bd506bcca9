package io.millrace.jobs.monitor;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Prediction;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.loop.Outcome;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.erasure.ObeyedErasures;
import io.millrace.jobs.erasure.StateFiles;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;

/**
 * An {@link OutcomeJoin} that drops what it remembers of erased subjects: open predictions, labels,
 * and timers, for their keys name the subject too. By then nothing of them comes any more, or it is
 * refused before it is here.
 */
final class OutcomeJoinOperator
    extends KeyedCoProcessOperator<String, Prediction, LabelEvent, Outcome> {
  private static final long serialVersionUID = 1;

  // As Flink calls the timers of its process functions, and their state.
  private static final String TIMERS = "user-timers";
  private static final String TIMER_STATE = "_timer_state/event_" + TIMERS;

  private final List<String> columns;
  private final ErasureSettings settings;
  private final String name;
  private transient ObeyedErasures erasures;

  /**
   * @param columns of the request key
   * @param settings where it is told of subjects
   * @param name by which it answers
   */
  OutcomeJoinOperator(long horizonMs, List<String> columns, ErasureSettings settings, String name) {
    super(new OutcomeJoin(horizonMs));
    this.columns = List.copyOf(columns);
    this.settings = settings;
    this.name = name;
  }

  private record KeyTimer(String key, long timeMs) {}

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    erasures = new ObeyedErasures(settings);
    erasures.initialize(context);
  }

  @Override
  public void open() throws Exception {
    super.open();
    erasures.open(name, getRuntimeContext().getTaskInfo());
    erase();
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    List<Erasure> told = erasures.duty().news();
    erase();
    told.forEach(one -> erasures.duty().obeyed(one, 0));
  }

  private void erase() throws Exception {
    List<Erasure> told = erasures.toObey();
    if (told.isEmpty()) {
      return;
    }
    ErasedSubjects subjects = erasures.duty().only(told);
    KeyedStateBackend<String> backend = getKeyedStateBackend();
    Set<String> keys = new HashSet<>();
    for (String state : OutcomeJoin.STATES) {
      try (Stream<String> all = backend.getKeys(state, VoidNamespace.INSTANCE)) {
        all.filter(key -> isOf(key, subjects)).forEach(keys::add);
      }
    }
    OutcomeJoin join = (OutcomeJoin) userFunction;
    int dropped = 0;
    for (String key : keys) {
      setCurrentKey(key);
      dropped += join.forget();
    }
    InternalTimerService<VoidNamespace> timers =
        getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    for (KeyTimer timer : timersOf(subjects, timers)) {
      setCurrentKey(timer.key());
      timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, timer.timeMs());
    }
    // What is deleted is with RocksDB when the timers are read again.
    if (!timersOf(subjects, timers).isEmpty()) {
      throw new IllegalStateException("timers of an erased subject cannot be deleted");
    }
    for (Erasure one : told) {
      erasures.duty().counted(one.id(), dropped);
    }
    List<String> states = new ArrayList<>(List.of(TIMER_STATE));
    states.addAll(OutcomeJoin.STATES);
    StateFiles.rewrite(
        backend,
        states,
        join::removeNothing,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks());
  }

  private List<KeyTimer> timersOf(
      ErasedSubjects subjects, InternalTimerService<VoidNamespace> timers) throws Exception {
    List<KeyTimer> found = new ArrayList<>();
    timers.forEachEventTimeTimer(
        (namespace, timeMs) -> {
          String key = (String) getCurrentKey();
          if (isOf(key, subjects)) {
            found.add(new KeyTimer(key, timeMs));
          }
        });
    return found;
  }

  private boolean isOf(String requestKey, ErasedSubjects subjects) {
    List<String> parts = new EntityKey(requestKey).parts();
    for (int i = 0; i < columns.size() && i < parts.size(); i++) {
      if (subjects.names(columns.get(i), parts.get(i))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    erasures.snapshot(
        context.getCheckpointId(), getProcessingTimeService().getCurrentProcessingTime());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    erasures.duty().completed(checkpointId);
  }

  @Override
  public void close() throws Exception {
    if (erasures != null) {
      erasures.close();
    }
    super.close();
  }
}
