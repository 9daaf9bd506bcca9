package io.millrace.inference.policy;

import io.millrace.feature.loop.DriftReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is known of one pane {@code [startMs, endMs)} of the champion.
 *
 * @param inputsSeen whether its report of inputs has come
 * @param performanceSeen whether its report of performance has come
 * @param suspicious whether either says that it is
 * @param incident whether either shows a fault of the data: the pane then does not count
 * @param drifted the features that drifted, the most important first; at most {@link #MOST_NAMES}
 * @param reason in words; empty if there is nothing to say
 */
public record SeenPane(
    long startMs,
    long endMs,
    boolean inputsSeen,
    boolean performanceSeen,
    boolean suspicious,
    boolean incident,
    List<String> drifted,
    String reason) {
  static final int MOST_NAMES = 16;
  private static final int MOST_REASON = 500;

  public SeenPane {
    drifted = List.copyOf(drifted);
  }

  /** Whether the pane speaks for a retraining. */
  public boolean counts() {
    return suspicious && !incident;
  }

  static SeenPane unseen(DriftReport report) {
    return new SeenPane(
        report.paneStartMs(), report.paneEndMs(), false, false, false, false, List.of(), "");
  }

  boolean has(DriftReport.Kind kind) {
    return kind == DriftReport.Kind.INPUTS ? inputsSeen : performanceSeen;
  }

  SeenPane with(DriftReport.Kind kind, Suspicion suspicion) {
    Set<String> names = new LinkedHashSet<>(drifted);
    names.addAll(suspicion.drifted());
    String words =
        reason.isEmpty() || suspicion.reason().isEmpty()
            ? reason + suspicion.reason()
            : reason + "; " + suspicion.reason();
    return new SeenPane(
        startMs,
        endMs,
        inputsSeen || kind == DriftReport.Kind.INPUTS,
        performanceSeen || kind == DriftReport.Kind.PERFORMANCE,
        suspicious || suspicion.suspicious(),
        incident || suspicion.incident(),
        new ArrayList<>(names).subList(0, Math.min(MOST_NAMES, names.size())),
        words.substring(0, Math.min(MOST_REASON, words.length())));
  }
}
