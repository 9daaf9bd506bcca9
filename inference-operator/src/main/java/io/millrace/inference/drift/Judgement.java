package io.millrace.inference.drift;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Performance;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What one report says about a model as a whole.
 *
 * @param kind what it is
 * @param drifted the features that drifted, the most important first
 * @param clouded whether faults of the data explain what the scores of the pane do, so that a
 *     degradation of it says nothing of the model
 * @param reason in words; empty if there is nothing to say
 */
public record Judgement(Kind kind, List<String> drifted, boolean clouded, String reason) {
  /** What a report is. */
  public enum Kind {
    /** Nothing that training could mend. */
    STABLE,
    /** Inputs that matter, or the score, are away from the reference. */
    DRIFT,
    /** The model foretells worse than it expects of itself. */
    DEGRADED,
    /** A fault of the data; training on it would learn the fault. */
    INCIDENT
  }

  private static final int NAMED = 3;

  /** Reads a report of which nothing else is known. */
  public static Judgement of(DriftReport report, DriftOptions options) {
    return of(report, options, FeatureLineage.NONE, Map.of());
  }

  /**
   * Reads a report; a pure function. What a faulty column moves is as faulty as what shows it.
   *
   * @param faultyUntilMs by column, until when it was at fault in earlier panes
   */
  public static Judgement of(
      DriftReport report,
      DriftOptions options,
      FeatureLineage lineage,
      Map<String, Long> faultyUntilMs) {
    return report.kind() == DriftReport.Kind.PERFORMANCE
        ? ofPerformance(report.performance().orElseThrow())
        : ofInputs(report, options, lineage.moved(report, faultyUntilMs));
  }

  private static Judgement ofPerformance(Performance performance) {
    if (!performance.degraded()) {
      return new Judgement(Kind.STABLE, List.of(), false, "");
    }
    return new Judgement(
        Kind.DEGRADED,
        List.of(),
        false,
        String.format(
            Locale.ROOT,
            "log-loss %.3f where %.3f was due, p %.1e",
            performance.logLoss(),
            performance.referenceLogLoss(),
            performance.pValue()));
  }

  private static Judgement ofInputs(
      DriftReport report, DriftOptions options, Map<String, String> moved) {
    List<FeatureDrift> excused =
        with(report, Verdict.DRIFTED).stream().filter(f -> moved.containsKey(f.feature())).toList();
    List<FeatureDrift> drifted =
        with(report, Verdict.DRIFTED).stream()
            .filter(f -> !moved.containsKey(f.feature()))
            .toList();
    // A score beyond all that were seen tells of its inputs; it is no fault of the data itself.
    List<FeatureDrift> incidents =
        with(report, Verdict.INCIDENT).stream()
            .filter(f -> !f.feature().equals(FeatureDrift.SCORE))
            .toList();
    double faulty = importance(incidents) + importance(excused);
    String faults = faults(incidents, excused, moved);
    if (faulty >= options.incidentImportance()) {
      return new Judgement(Kind.INCIDENT, List.of(), true, faults);
    }
    // The score and the performance take part in a fault of what the model reads; the features that
    // have none do not.
    boolean clouded = faulty >= options.cloudingImportance();
    boolean score =
        !clouded && drifted.stream().anyMatch(f -> f.feature().equals(FeatureDrift.SCORE));
    List<FeatureDrift> inputs =
        drifted.stream().filter(f -> !f.feature().equals(FeatureDrift.SCORE)).toList();
    // What is faulty cannot drift, so the rest is the whole.
    double share = importance(inputs) / (1 - faulty);
    if (!score && share < options.suspiciousImportance()) {
      return new Judgement(Kind.STABLE, List.of(), clouded, faults);
    }
    return new Judgement(
        Kind.DRIFT,
        inputs.stream().map(FeatureDrift::feature).toList(),
        clouded,
        String.format(
            Locale.ROOT,
            "%s drifted, %.0f %% of the gain%s%s%s",
            inputs.isEmpty() ? "the score" : names(inputs),
            100 * share,
            faulty > 0 ? " that is not faulty" : "",
            score && !inputs.isEmpty() ? ", the score with them" : "",
            faults.isEmpty() ? "" : "; " + faults));
  }

  private static String faults(
      List<FeatureDrift> incidents, List<FeatureDrift> excused, Map<String, String> moved) {
    String faults = incidents.isEmpty() ? "" : "incident in " + names(incidents);
    if (excused.isEmpty()) {
      return faults;
    }
    String columns =
        String.join(
            ", ", new TreeSet<>(excused.stream().map(f -> moved.get(f.feature())).toList()));
    return "%s%s moved by the fault of %s"
        .formatted(faults.isEmpty() ? "" : faults + "; ", names(excused), columns);
  }

  private static List<FeatureDrift> with(DriftReport report, Verdict verdict) {
    return report.features().stream()
        .filter(feature -> feature.verdict() == verdict)
        .sorted(Comparator.comparingDouble(FeatureDrift::importance).reversed())
        .toList();
  }

  private static double importance(List<FeatureDrift> features) {
    return features.stream()
        .filter(feature -> !feature.feature().equals(FeatureDrift.SCORE))
        .mapToDouble(FeatureDrift::importance)
        .sum();
  }

  private static String names(List<FeatureDrift> features) {
    List<String> names = features.stream().map(FeatureDrift::feature).toList();
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }
}
