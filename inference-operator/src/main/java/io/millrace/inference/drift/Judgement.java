package io.millrace.inference.drift;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Performance;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What one report says about a model as a whole.
 *
 * @param kind what it is
 * @param drifted the features that drifted, the most important first
 * @param reason in words; empty if there is nothing to say
 */
public record Judgement(Kind kind, List<String> drifted, String reason) {
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

  /** Reads a report; a pure function. */
  public static Judgement of(DriftReport report, DriftOptions options) {
    return report.kind() == DriftReport.Kind.PERFORMANCE
        ? ofPerformance(report.performance().orElseThrow())
        : ofInputs(report, options);
  }

  private static Judgement ofPerformance(Performance performance) {
    if (!performance.degraded()) {
      return new Judgement(Kind.STABLE, List.of(), "");
    }
    return new Judgement(
        Kind.DEGRADED,
        List.of(),
        String.format(
            Locale.ROOT,
            "log-loss %.3f where %.3f was due, p %.1e",
            performance.logLoss(),
            performance.referenceLogLoss(),
            performance.pValue()));
  }

  private static Judgement ofInputs(DriftReport report, DriftOptions options) {
    List<FeatureDrift> drifted = with(report, Verdict.DRIFTED);
    List<FeatureDrift> incidents = with(report, Verdict.INCIDENT);
    if (importance(incidents) >= options.incidentImportance()) {
      return new Judgement(Kind.INCIDENT, List.of(), "incident in " + names(incidents));
    }
    boolean score = drifted.stream().anyMatch(f -> f.feature().equals(FeatureDrift.SCORE));
    double share = importance(drifted);
    if (!score && share < options.suspiciousImportance()) {
      return new Judgement(
          Kind.STABLE, List.of(), incidents.isEmpty() ? "" : "incident in " + names(incidents));
    }
    return new Judgement(
        Kind.DRIFT,
        drifted.stream()
            .map(FeatureDrift::feature)
            .filter(name -> !name.equals(FeatureDrift.SCORE))
            .toList(),
        String.format(
            Locale.ROOT,
            "%s drifted, %.0f %% of the gain%s",
            names(drifted),
            100 * share,
            score ? ", the score with them" : ""));
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
