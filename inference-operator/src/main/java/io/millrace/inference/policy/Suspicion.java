package io.millrace.inference.policy;

import java.util.List;
import java.util.Objects;

/**
 * What one report says about the need to train again.
 *
 * @param suspicious whether the pane counts towards a retraining
 * @param incident whether the pane shows a fault of the data, which training cannot mend; it then
 *     never counts
 * @param clouded whether faults of the data explain what the scores of the pane do; a degradation
 *     of the same pane then does not count
 * @param drifted the features that drifted, the most important first
 * @param reason in words; empty if there is nothing to say
 * @param faultyColumns the columns of events whose values the pane shows to be at fault
 */
public record Suspicion(
    boolean suspicious,
    boolean incident,
    boolean clouded,
    List<String> drifted,
    String reason,
    List<String> faultyColumns) {
  /** Nothing to see. */
  public static final Suspicion NONE = new Suspicion(false, false, false, List.of(), "");

  /** That shows no column to be at fault. */
  public Suspicion(
      boolean suspicious, boolean incident, boolean clouded, List<String> drifted, String reason) {
    this(suspicious, incident, clouded, drifted, reason, List.of());
  }

  public Suspicion {
    drifted = List.copyOf(drifted);
    faultyColumns = List.copyOf(faultyColumns);
    Objects.requireNonNull(reason, "reason");
    if (suspicious && incident) {
      throw new IllegalArgumentException(
          "a pane with an incident never counts towards a retraining: " + reason);
    }
  }
}
