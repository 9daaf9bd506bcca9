package io.millrace.jobs.feature;

import io.millrace.feature.EntityKey;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.erasure.ErasureDuty;
import io.millrace.jobs.erasure.ErasureSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Which states of a subtask an erasure drops, and which erasures its states are free of already: a
 * restart from an older checkpoint drops again what that still has, one from a newer leaves what
 * has come since. Not thread-safe.
 */
final class StateErasure implements AutoCloseable {
  // One a subtask, to know of how many each erasure was obeyed.
  private static final String SUBTASK = "#";

  private final ErasureSettings settings;
  private final Map<String, List<String>> keysOfView = new HashMap<>();
  private final Set<String> obeyed = new TreeSet<>();
  private ListState<String> stored;
  private ErasureDuty duty;

  StateErasure(ErasureSettings settings, List<ViewNode> views) {
    this.settings = settings;
    views.forEach(node -> keysOfView.put(node.view().id(), node.view().entity().keys()));
  }

  /** Reads which erasures all states are free of: those that every subtask had obeyed. */
  void initialize(StateInitializationContext context) throws Exception {
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

  /** Reads all that was ever told. */
  void open(String operator, TaskInfo task) {
    duty = ErasureDuty.open(settings, operator, task);
  }

  ErasureDuty duty() {
    return duty;
  }

  /** Those that the states are not yet free of; they are from now on. */
  List<Erasure> toObey() {
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

  /** Whether a state's key is of a subject of one of them. */
  Predicate<String> ofSubjects(List<Erasure> told) {
    ErasedSubjects subjects = duty.only(told);
    return stateKey -> {
      String view = Migrations.viewIdOf(stateKey);
      List<String> keys = keysOfView.getOrDefault(view, List.of());
      List<String> parts = null;
      for (String column : subjects.columns()) {
        int part = keys.indexOf(column);
        if (part >= 0) {
          if (parts == null) {
            parts = new EntityKey(stateKey.substring(view.length() + 1)).parts();
          }
          if (subjects.names(column, parts.get(part))) {
            return true;
          }
        }
      }
      return false;
    };
  }

  void snapshot(long checkpoint, long nowMs) throws Exception {
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
