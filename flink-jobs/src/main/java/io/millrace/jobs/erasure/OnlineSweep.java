package io.millrace.jobs.erasure;

import io.millrace.feature.FeatureView;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.online.KeyScanErasure;
import io.millrace.online.OnlineStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Empties an online store that only the job may write to of erased subjects, when no row of theirs
 * is on its way any more. Stores that others may write to are emptied by who erases. Used by the
 * task's thread, at checkpoints.
 */
public final class OnlineSweep implements AutoCloseable {
  private final ErasureDuty duty;
  private final Map<String, List<String>> keysOfView = new HashMap<>();

  public OnlineSweep(ErasureDuty duty, List<FeatureView> views) {
    this.duty = duty;
    for (FeatureView view : views) {
      keysOfView.put(view.id(), view.entity().keys());
    }
  }

  /** Of a job that erases nothing. */
  public static OnlineSweep none() {
    return new OnlineSweep(ErasureDuty.open(ErasureSettings.none(), "", null), List.of());
  }

  /**
   * Does what was told since the last call. Rows that were written before are in the store.
   *
   * @param nowMs wall clock
   */
  public void atCheckpoint(OnlineStore store, long nowMs) {
    List<Erasure> sweep = new ArrayList<>();
    for (Erasure told : duty.news()) {
      if (told.phase() == Erasure.Phase.SWEEP) {
        sweep.add(told);
      }
      duty.obeyed(told, 0);
    }
    duty.sweepOnOpening().forEach(sweep::add);
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
