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
 * @param drifted whether its inputs, or its scores, speak for a retraining
 * @param degraded whether its performance does
 * @param incident whether it shows a fault of the data: the pane then does not count
 * @param clouded whether a fault of the data explains what its scores do: that its performance has
 *     degraded then does not count
 * @param features the features that drifted, the most important first; at most {@link #MOST_NAMES}
 * @param reason in words; empty if there is nothing to say
 */
public record SeenPane(
    long startMs,
    long endMs,
    boolean inputsSeen,
    boolean performanceSeen,
    boolean drifted,
    boolean degraded,
    boolean incident,
    boolean clouded,
    List<String> features,
    String reason) {
  static final int MOST_NAMES = 16;
  private static final int MOST_REASON = 500;

  public SeenPane {
    features = List.copyOf(features);
  }

  /**
   * Whether the pane speaks for a retraining. That the model did badly counts only once the inputs
   * of the pane have been judged, since a fault of these may be the reason.
   *
   * @param accepted whether a lasting fault is no excuse any more
   */
  public boolean counts(boolean accepted) {
    return !incident && (drifted || (degraded && inputsSeen && (accepted || !clouded)));
  }

  /** Whether all is known of the pane, and its data is fit to learn from. */
  boolean teaches() {
    return inputsSeen && performanceSeen && !incident && !clouded;
  }

  static SeenPane unseen(DriftReport report) {
    return new SeenPane(
        report.paneStartMs(),
        report.paneEndMs(),
        false,
        false,
        false,
        false,
        false,
        false,
        List.of(),
        "");
  }

  boolean has(DriftReport.Kind kind) {
    return kind == DriftReport.Kind.INPUTS ? inputsSeen : performanceSeen;
  }

  SeenPane with(DriftReport.Kind kind, Suspicion suspicion) {
    Set<String> names = new LinkedHashSet<>(features);
    names.addAll(suspicion.drifted());
    String words =
        reason.isEmpty() || suspicion.reason().isEmpty()
            ? reason + suspicion.reason()
            : reason + "; " + suspicion.reason();
    boolean inputs = kind == DriftReport.Kind.INPUTS;
    return new SeenPane(
        startMs,
        endMs,
        inputsSeen || inputs,
        performanceSeen || !inputs,
        drifted || (inputs && suspicion.suspicious()),
        degraded || (!inputs && suspicion.suspicious()),
        incident || suspicion.incident(),
        clouded || suspicion.clouded(),
        new ArrayList<>(names).subList(0, Math.min(MOST_NAMES, names.size())),
        words.substring(0, Math.min(MOST_REASON, words.length())));
  }
}
