package io.millrace.server.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What is known of the predictions so far: how fast they came, and how good they were as far as
 * their labels have arrived, beside what the frozen first model would have answered. Scores and
 * labels meet by the request's key. Thread-safe.
 */
final class ScoreBoard {
  private static final long LONGEST_LATENCY_MS = 3_600_000;

  private final long unseenFromMs;
  private final Map<String, Scored> unlabelled = new HashMap<>();
  private final Map<String, Boolean> unscored = new HashMap<>();
  private final ScoreTally serving = new ScoreTally();
  private final ScoreTally frozen = new ScoreTally();
  private final Months months = new Months();
  private final Map<Integer, Long> byVersion = new java.util.TreeMap<>();
  private final Histogram latencyMs = new Histogram(LONGEST_LATENCY_MS, 3);
  private long predictions;
  private long newestRequestMs;
  private int modelVersion;

  private record Scored(double score, double frozenScore, long requestTimeMs) {}

  /**
   * @param unseenFromMs only requests from this event time on count for AUC: the first model was
   *     trained on earlier ones
   */
  ScoreBoard(long unseenFromMs) {
    this.unseenFromMs = unseenFromMs;
  }

  /**
   * What the board says.
   *
   * @param modelVersion of the newest request's prediction
   * @param newestRequestMs event time of it
   * @param labelled predictions on unseen requests whose label is known
   * @param auc of those; NaN while one class is missing
   * @param logLoss mean of those, in nats; NaN while there is none
   * @param frozenAuc of the first model on the same requests
   * @param frozenLogLoss likewise
   * @param latencyP50Ms append of the request to its score, wall clock
   */
  record Standing(
      long predictions,
      int modelVersion,
      long newestRequestMs,
      long labelled,
      double auc,
      double logLoss,
      double frozenAuc,
      double frozenLogLoss,
      long latencyP50Ms,
      long latencyP99Ms) {}

  synchronized void scored(
      String requestKey,
      long requestTimeMs,
      int version,
      double score,
      double frozenScore,
      long tookMs) {
    predictions++;
    byVersion.merge(version, 1L, Long::sum);
    if (requestTimeMs >= newestRequestMs) {
      newestRequestMs = requestTimeMs;
      modelVersion = version;
    }
    latencyMs.recordValue(Math.max(0, Math.min(tookMs, LONGEST_LATENCY_MS)));
    if (requestTimeMs < unseenFromMs) {
      return;
    }
    Scored scored = new Scored(score, frozenScore, requestTimeMs);
    Boolean label = unscored.remove(requestKey);
    if (label == null) {
      unlabelled.put(requestKey, scored);
    } else {
      count(scored, label);
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
      count(scored, label);
    }
  }

  private void count(Scored scored, boolean label) {
    serving.add(scored.score(), label);
    frozen.add(scored.frozenScore(), label);
    months.add(scored.requestTimeMs(), scored.score(), scored.frozenScore(), label);
  }

  synchronized Standing standing() {
    return new Standing(
        predictions,
        modelVersion,
        newestRequestMs,
        serving.rows(),
        serving.auc(),
        serving.logLoss(),
        frozen.auc(),
        frozen.logLoss(),
        latencyMs.getValueAtPercentile(50),
        latencyMs.getValueAtPercentile(99));
  }

  synchronized List<Months.Month> months() {
    return months.rows();
  }

  /** How many predictions each version made. */
  synchronized Map<Integer, Long> byVersion() {
    return new java.util.TreeMap<>(byVersion);
  }
}
