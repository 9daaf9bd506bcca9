package io.millrace.server.demo;

/**
 * How well scores foretold labels, in constant memory. The AUC is computed from counts in 10,000
 * bins of the score, pairs inside a bin counted as ties, so it is exact to the bin's width. Not
 * thread-safe.
 */
final class ScoreTally {
  private static final int BINS = 10_000;
  private static final double LEAST_PROBABILITY = 1e-7;

  private final int[] positives = new int[BINS];
  private final int[] negatives = new int[BINS];
  private long rows;
  private long positiveRows;
  private double lossSum;

  void add(double score, boolean label) {
    int bin = (int) Math.min(BINS - 1, Math.max(0, score * BINS));
    (label ? positives : negatives)[bin]++;
    rows++;
    positiveRows += label ? 1 : 0;
    double p = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, score));
    lossSum -= Math.log(label ? p : 1 - p);
  }

  long rows() {
    return rows;
  }

  /** NaN without rows. */
  double positiveRate() {
    return (double) positiveRows / rows;
  }

  /** NaN while one class is missing. */
  double auc() {
    double pairs = 0;
    long negativesBelow = 0;
    for (int i = 0; i < BINS; i++) {
      pairs += positives[i] * (negativesBelow + negatives[i] / 2.0);
      negativesBelow += negatives[i];
    }
    return positiveRows == 0 || negativesBelow == 0
        ? Double.NaN
        : pairs / ((double) positiveRows * negativesBelow);
  }

  /** Mean, in nats; NaN without rows. */
  double logLoss() {
    return lossSum / rows;
  }
}
