package io.millrace.inference.drift;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Performance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.statistics.distribution.FDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Judges a pane against the reference of its version. No cut is fixed: what panes of the training
 * set showed among themselves is the measure. Immutable and thread-safe.
 */
public final class DriftTest {
  /** So much more of a pane is null than of any pane of the reference: an incident. */
  static final double NULL_SPIKE = 0.2;

  private static final int LEAST_EVIDENCE = 3;
  private static final double FROZEN_TOP = 0.99;
  private static final double SPREAD_TOP = 0.9;
  private static final double FOREIGN_RANGE = 0.9;
  private static final double DAY_MS = 86_400_000;

  private final DriftOptions options;

  public DriftTest(DriftOptions options) {
    this.options = options;
  }

  /** The report on the inputs of a pane; empty if it has too few rows to be judged. */
  public Optional<DriftReport> inputs(
      ReferenceProfile profile,
      String model,
      int version,
      long paneStartMs,
      long paneEndMs,
      PaneCounts counts) {
    if (counts.rows() < options.leastRows()) {
      return Optional.empty();
    }
    List<FeatureReference> references = new ArrayList<>(profile.features());
    references.add(profile.score());
    double[] pValues = new double[references.size()];
    for (int i = 0; i < pValues.length; i++) {
      pValues[i] = pValue(references.get(i), counts.bins(i));
    }
    boolean[] discovered = discoveries(pValues, options.falseDiscoveryRate());
    List<FeatureDrift> features = new ArrayList<>();
    for (int i = 0; i < pValues.length; i++) {
      features.add(feature(references.get(i), counts, i, pValues[i], discovered[i]));
    }
    return Optional.of(
        new DriftReport(
            model,
            version,
            paneStartMs,
            paneEndMs,
            counts.rows(),
            DriftReport.Kind.INPUTS,
            features,
            Optional.empty(),
            Optional.of(profile.panes())));
  }

  private static double pValue(FeatureReference reference, long[] pane) {
    if (reference.evidence() < LEAST_EVIDENCE) {
      // Two panes, each held against the other alone, say nothing of how much panes differ.
      return 1;
    }
    double freedom = reference.freedom();
    return FDistribution.of(freedom, freedom * Math.max(1, reference.evidence() - 1))
        .survivalProbability(ratio(reference, pane));
  }

  /** A pane's chi-squared in terms of what a stable pane shows in the mean. */
  private static double ratio(FeatureReference reference, long[] pane) {
    return FeatureReference.statistic(pane, reference.shares())
        / reference.expectedStatistic(FeatureReference.sum(pane));
  }

  /** Benjamini and Hochberg (1995): which hypotheses of no drift are refused. */
  static boolean[] discoveries(double[] pValues, double rate) {
    double[] sorted = pValues.clone();
    Arrays.sort(sorted);
    double threshold = -1;
    for (int i = 0; i < sorted.length; i++) {
      if (sorted[i] <= rate * (i + 1) / sorted.length) {
        threshold = sorted[i];
      }
    }
    boolean[] discovered = new boolean[pValues.length];
    for (int i = 0; i < pValues.length; i++) {
      discovered[i] = pValues[i] <= threshold;
    }
    return discovered;
  }

  private FeatureDrift feature(
      FeatureReference reference, PaneCounts counts, int index, double pValue, boolean discovered) {
    long[] pane = counts.bins(index);
    double rows = counts.rows();
    double nulls = pane[Bins.NULL] / rows;
    double outOfRange = counts.outOfRange(index) / rows;
    double unseen = reference.bins().isCategorical() ? pane[reference.bins().unseen()] / rows : 0;
    double effect =
        Math.max(
            0, FeatureReference.effect(pane, reference.shares()) - reference.expectedEffect(rows));
    boolean spike = nulls > reference.mostNulls() + NULL_SPIKE;
    boolean frozen =
        nulls < 1 && FeatureReference.top(pane) >= FROZEN_TOP && reference.mostTop() < SPREAD_TOP;
    boolean foreign = outOfRange >= FOREIGN_RANGE;
    Verdict verdict =
        spike || frozen || foreign
            ? Verdict.INCIDENT
            : discovered && effect >= options.leastEffect() ? Verdict.DRIFTED : Verdict.STABLE;
    return new FeatureDrift(
        reference.name(),
        ratio(reference, pane) * reference.freedom(),
        (int) Math.max(1, Math.round(reference.freedom())),
        pValue,
        effect,
        reference.importance(),
        nulls,
        reference.nulls(),
        outOfRange,
        unseen,
        verdict);
  }

  /**
   * The report on the performance of a pane; empty if it has too few labels to be judged.
   *
   * <p>A month with other delays has another log-loss, however good the model. So the loss is
   * compared with what the scores themselves let expect, and the difference with that of the rows
   * held out at training; its spread between days there is the measure.
   */
  public Optional<DriftReport> performance(
      ReferenceProfile profile,
      String model,
      int version,
      long paneStartMs,
      long paneEndMs,
      OutcomeCounts counts) {
    if (counts.labelled() < options.leastRows()) {
      return Optional.empty();
    }
    PerformanceReference reference = profile.performance();
    double due = counts.expectedLogLoss() + reference.excess();
    double excess = counts.logLoss() - due;
    double pValue = 1;
    if (reference.days() >= 2 && reference.dayDeviation() > 0) {
      double days = Math.max(1, (paneEndMs - paneStartMs) / DAY_MS);
      // Fewer rows a day than at training make a day's mean less certain; more are not counted on.
      double sparser =
          Math.max(1, ((double) reference.rows() / reference.days()) / (counts.labelled() / days));
      double error = reference.dayDeviation() * Math.sqrt(sparser / days + 1.0 / reference.days());
      pValue = TDistribution.of(reference.days() - 1.0).survivalProbability(excess / error);
    }
    return Optional.of(
        new DriftReport(
            model,
            version,
            paneStartMs,
            paneEndMs,
            counts.predictions(),
            DriftReport.Kind.PERFORMANCE,
            List.of(),
            Optional.of(
                new Performance(
                    counts.predictions(),
                    counts.labelled(),
                    counts.noLabel(),
                    counts.positives(),
                    counts.auc(),
                    counts.logLoss(),
                    reference.auc(),
                    due,
                    pValue,
                    pValue < options.performanceLevel() && excess >= options.leastLoss())),
            Optional.of(profile.panes())));
  }
}
