package io.millrace.server.demo;

import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What is known of the predictions so far: how fast they came, and how good they were as far as
 * their labels have arrived. Scores and labels meet by the request's key. Thread-safe.
 *
 * <p>AUC is computed from counts in 10,000 bins of the score, pairs inside a bin counted as ties, so
 * it is exact to the bin's width.
 */
final class ScoreBoard {
  private static final int BINS = 10_000;
  private static final long LONGEST_LATENCY_MS = 3_600_000;

  private final long unseenFromMs;
  private final Map<String, Scored> unlabelled = new HashMap<>();
  private final Map<String, Boolean> unscored = new HashMap<>();
  private final long[] positives = new long[BINS];
  private final long[] negatives = new long[BINS];
  private final Histogram latencyMs = new Histogram(LONGEST_LATENCY_MS, 3);
  private long predictions;
  private long labelled;
  private double logLoss;
  private int modelVersion;

  private record Scored(double score, long requestTimeMs) {}

  /**
   * @param unseenFromMs only requests from this event time on count for AUC: the model was trained
   *     on earlier ones
   */
  ScoreBoard(long unseenFromMs) {
    this.unseenFromMs = unseenFromMs;
  }

  /**
   * What the board says.
   *
   * @param labelled predictions on unseen requests whose label is known
   * @param auc of those; NaN while one class is missing
   * @param logLoss mean of those, in nats; NaN while there is none
   * @param latencyP50Ms append of the request to its score, wall clock
   */
  record Standing(
      long predictions,
      int modelVersion,
      long labelled,
      double auc,
      double logLoss,
      long latencyP50Ms,
      long latencyP99Ms) {}

  synchronized void scored(
      String requestKey, long requestTimeMs, int version, double score, long tookMs) {
    predictions++;
    modelVersion = version;
    latencyMs.recordValue(Math.max(0, Math.min(tookMs, LONGEST_LATENCY_MS)));
    if (requestTimeMs < unseenFromMs) {
      return;
    }
    Boolean label = unscored.remove(requestKey);
    if (label == null) {
      unlabelled.put(requestKey, new Scored(score, requestTimeMs));
    } else {
      count(score, label);
    }
  }

  /** The label of a request; it may come before the score is seen here. */
  synchronized void labelled(String requestKey, long labelTimeMs, boolean label) {
    if (labelTimeMs < unseenFromMs) {
      return;
    }
    Scored scored = unlabelled.remove(requestKey);
    if (scored == null) {
      unscored.put(requestKey, label);
    } else {
      count(scored.score(), label);
    }
  }

  private void count(double score, boolean label) {
    int bin = (int) Math.min(BINS - 1, Math.max(0, score * BINS));
    (label ? positives : negatives)[bin]++;
    labelled++;
    double probability = Math.min(1 - 1e-7, Math.max(1e-7, score));
    logLoss -= Math.log(label ? probability : 1 - probability);
  }

  synchronized Standing standing() {
    double pairs = 0;
    long negativesBelow = 0;
    long allPositives = 0;
    for (int i = 0; i < BINS; i++) {
      pairs += positives[i] * (negativesBelow + negatives[i] / 2.0);
      negativesBelow += negatives[i];
      allPositives += positives[i];
    }
    double auc =
        allPositives == 0 || negativesBelow == 0
            ? Double.NaN
            : pairs / ((double) allPositives * negativesBelow);
    return new Standing(
        predictions,
        modelVersion,
        labelled,
        auc,
        labelled == 0 ? Double.NaN : logLoss / labelled,
        latencyMs.getValueAtPercentile(50),
        latencyMs.getValueAtPercentile(99));
  }

  /** Forgets the latencies so far, so that what follows is measured alone. */
  synchronized void resetLatency() {
    latencyMs.reset();
  }
}
