package io.millrace.jobs.sink;

import io.millrace.feature.FeatureView;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.erasure.ErasureDuty;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.online.KeyScanErasure;
import io.millrace.online.OnlineStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Empties an online store that only the job may write to of erased subjects, when no row of theirs
 * is on its way any more. Stores that others may write to are emptied by who erases. Used by the
 * task's thread, at checkpoints.
 */
final class OnlineSweep implements AutoCloseable {
  private final ErasureDuty duty;
  private final Map<String, List<String>> keysOfView = new HashMap<>();
  private final Set<String> swept = new HashSet<>();

  OnlineSweep(ErasureDuty duty, List<FeatureView> views) {
    this.duty = duty;
    for (FeatureView view : views) {
      keysOfView.put(view.id(), view.entity().keys());
    }
  }

  /** Of a job that erases nothing. */
  static OnlineSweep none() {
    return new OnlineSweep(ErasureDuty.open(ErasureSettings.none(), "", null), List.of());
  }

  /**
   * Does what was told since the last call. Rows that were written before are in the store.
   *
   * @param nowMs wall clock
   */
  void atCheckpoint(OnlineStore store, long nowMs) {
    duty.news().forEach(told -> duty.obeyed(told, 0));
    List<Erasure> sweep = new ArrayList<>();
    if (!duty.isIdle()) {
      // As far as each has come: of one that is done the rows are a new subject's.
      for (Erasure erasure : duty.subjects().all()) {
        if (erasure.phase() == Erasure.Phase.SWEEP && swept.add(erasure.id())) {
          sweep.add(erasure);
        }
      }
    }
    if (!sweep.isEmpty() && store instanceof KeyScanErasure scanned) {
      ErasedSubjects subjects = duty.only(sweep);
      int rows =
          scanned.erase(
              (view, key) -> {
                List<String> keys = keysOfView.getOrDefault(view, List.of());
                for (String column : subjects.columns()) {
                  int part = keys.indexOf(column);
                  if (part >= 0 && subjects.names(column, key.parts().get(part))) {
                    return true;
                  }
                }
                return false;
              });
      sweep.forEach(told -> duty.counted(told.id(), rows));
    }
    // What is in the store needs no checkpoint.
    duty.taken(0, nowMs);
    duty.completed(0);
  }

  @Override
  public void close() {
    duty.close();
  }
}
