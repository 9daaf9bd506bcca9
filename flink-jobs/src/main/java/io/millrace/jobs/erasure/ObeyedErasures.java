package io.millrace.jobs.erasure;

import io.millrace.feature.erasure.Erasure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Which erasures the keyed states of a subtask are free of already: a restart from an older
 * checkpoint drops again what that still has, one from a newer leaves what has come since. Not
 * thread-safe: the task's thread alone.
 *
 * <pre>
 * initializeState:             obeyed.initialize(context)
 * open:                        obeyed.open(name, task); drop what obeyed.toObey() says
 * prepareSnapshotPreBarrier:   told = obeyed.duty().news(); drop what obeyed.toObey() says;
 *                              obeyed.duty().obeyed(each told, 0)
 * snapshotState:               obeyed.snapshot(checkpoint, now)
 * notifyCheckpointComplete:    obeyed.duty().completed(checkpoint)
 * close:                       obeyed.close()
 * </pre>
 */
public final class ObeyedErasures implements AutoCloseable {
  // One a subtask, to know of how many each erasure was obeyed.
  private static final String SUBTASK = "#";

  private final ErasureSettings settings;
  private final Set<String> obeyed = new TreeSet<>();
  private ListState<String> stored;
  private ErasureDuty duty;

  public ObeyedErasures(ErasureSettings settings) {
    this.settings = settings;
  }

  /** Reads which erasures all states are free of: those that every subtask had obeyed. */
  public void initialize(StateInitializationContext context) throws Exception {
    stored =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("erased", StringSerializer.INSTANCE));
    Map<String, Integer> counts = new HashMap<>();
    for (String entry : stored.get()) {
      counts.merge(entry, 1, Integer::sum);
    }
    counts.forEach(
        (entry, count) -> {
          if (!entry.equals(SUBTASK) && count.equals(counts.get(SUBTASK))) {
            obeyed.add(entry);
          }
        });
  }

  /**
   * Reads all that was ever told.
   *
   * @param operator its name in answers
   */
  public void open(String operator, TaskInfo task) {
    duty = ErasureDuty.open(settings, operator, task);
  }

  /** What it owes; there after {@link #open}. */
  public ErasureDuty duty() {
    return duty;
  }

  /** Those that the states are not yet free of; they are from now on. */
  public List<Erasure> toObey() {
    if (duty.isIdle()) {
      return List.of();
    }
    List<Erasure> all = new ArrayList<>();
    for (Erasure told : duty.subjects().all()) {
      if (told.phase() != Erasure.Phase.CLOSE && obeyed.add(told.id())) {
        all.add(told);
      }
    }
    return all;
  }

  /** Keeps it with a checkpoint. */
  public void snapshot(long checkpoint, long nowMs) throws Exception {
    List<String> entries = new ArrayList<>(obeyed);
    entries.add(SUBTASK);
    stored.update(entries);
    duty.taken(checkpoint, nowMs);
  }

  @Override
  public void close() {
    if (duty != null) {
      duty.close();
    }
  }
}
