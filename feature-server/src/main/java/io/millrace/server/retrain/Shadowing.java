package io.millrace.server.retrain;

import io.millrace.feature.loop.ShadowScore;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a candidate answered beside the champion since it was staged; each prediction counts once,
 * however often it was scored. Not thread-safe.
 */
final class Shadowing {
  private static final int BINS = 1_000;

  private final String model;
  private final long epoch;
  private final Set<String> seen = new HashSet<>();
  private final long[] championBins = new long[BINS];
  private final long[] candidateBins = new long[BINS];
  private double differences;
  private Optional<String> fault = Optional.empty();

  Shadowing(String model, long epoch) {
    this.model = model;
    this.epoch = epoch;
  }

  void add(ShadowScore score) {
    if (score.epoch() != epoch || !score.model().equals(model) || !seen.add(score.predictionId())) {
      return;
    }
    double candidate = score.shadowScore();
    if (!(candidate >= 0 && candidate <= 1)) {
      fault =
          fault.or(
              () ->
                  Optional.of(
                      "version %d answered %s to prediction %s"
                          .formatted(score.shadowVersion(), candidate, score.predictionId())));
      return;
    }
    differences += Math.abs(candidate - score.championScore());
    championBins[bin(score.championScore())]++;
    candidateBins[bin(candidate)]++;
  }

  /** How many predictions were shadowed. */
  int count() {
    return seen.size();
  }

  /** The first answer that is no probability. */
  Optional<String> fault() {
    return fault;
  }

  /** The mean difference, and the quartiles of both. */
  String words() {
    return String.format(
        Locale.ROOT,
        "%,d shadow scores, on average %.3f from the champion's; quartiles %s, champion %s",
        count(),
        count() == 0 ? 0.0 : differences / count(),
        quartiles(candidateBins),
        quartiles(championBins));
  }

  private static int bin(double score) {
    return (int) Math.max(0, Math.min(BINS - 1, score * BINS));
  }

  private static String quartiles(long[] bins) {
    return String.format(
        Locale.ROOT,
        "%.3f/%.3f/%.3f",
        quantile(bins, 0.25),
        quantile(bins, 0.5),
        quantile(bins, 0.75));
  }

  private static double quantile(long[] bins, double share) {
    long rows = 0;
    for (long bin : bins) {
      rows += bin;
    }
    long below = 0;
    for (int i = 0; i < BINS; i++) {
      below += bins[i];
      if (below > 0 && below >= share * rows) {
        return (i + 0.5) / BINS;
      }
    }
    return 0;
  }
}
