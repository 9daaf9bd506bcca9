package io.millrace.inference.drift;

import io.millrace.feature.loop.Outcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How well the predictions of a pane foretold: two histograms of the score's logit, for true and
 * false labels, and sums of the loss. Adding counts is commutative, and associative up to the
 * rounding of the sums. Not thread-safe.
 *
 * <p>200 bins of the logit give the AUC to about 1e-4 of the exact one; bins of the probability
 * would be far coarser where most scores lie.
 */
public final class OutcomeCounts {
  private static final int VERSION = 1;
  private static final int BINS = 200;
  private static final double WIDEST_LOGIT = 10;
  private static final int BYTES = Integer.BYTES + (3 + 2 * BINS) * Long.BYTES + 2 * Double.BYTES;

  private final long[] positives = new long[BINS];
  private final long[] negatives = new long[BINS];
  private long predictions;
  private long noLabel;
  private long positiveRows;
  private double lossSum;
  private double expectedSum;

  /**
   * Counts an outcome. A score that is no number foretells nothing, so its prediction counts as one
   * without a label.
   */
  public void add(Outcome outcome) {
    predictions++;
    if (Double.isNaN(outcome.score())) {
      noLabel++;
      return;
    }
    switch (outcome.status()) {
      case LABELLED -> label(outcome.score(), outcome.label().orElseThrow());
      case NO_LABEL -> noLabel++;
      case UNANSWERED -> {}
    }
  }

  private void label(double score, boolean label) {
    double logit = ProfileBuilder.logit(score);
    int bin = (int) ((logit + WIDEST_LOGIT) / (2 * WIDEST_LOGIT) * BINS);
    (label ? positives : negatives)[Math.max(0, Math.min(BINS - 1, bin))]++;
    positiveRows += label ? 1 : 0;
    lossSum += loss(score, label);
    expectedSum += expectedLoss(score);
  }

  /** {@code -ln p(label)}, in nats. */
  static double loss(double score, boolean label) {
    double p = Math.min(Math.max(score, 1e-7), 1 - 1e-7);
    return -Math.log(label ? p : 1 - p);
  }

  /** The loss that a score expects of itself: its entropy. */
  static double expectedLoss(double score) {
    return score * loss(score, true) + (1 - score) * loss(score, false);
  }

  /** Adds the counts of another part of the pane. */
  public void merge(OutcomeCounts other) {
    predictions += other.predictions;
    noLabel += other.noLabel;
    positiveRows += other.positiveRows;
    lossSum += other.lossSum;
    expectedSum += other.expectedSum;
    for (int bin = 0; bin < BINS; bin++) {
      positives[bin] += other.positives[bin];
      negatives[bin] += other.negatives[bin];
    }
  }

  public long predictions() {
    return predictions;
  }

  public long noLabel() {
    return noLabel;
  }

  public long labelled() {
    return FeatureReference.sum(positives) + FeatureReference.sum(negatives);
  }

  public long positives() {
    return positiveRows;
  }

  /** The share of predictions of which it is known what came; 1 without any. */
  public double completeness() {
    return predictions == 0 ? 1 : (double) (labelled() + noLabel) / predictions;
  }

  /** Mean, in nats; NaN without labels. */
  public double logLoss() {
    return lossSum / labelled();
  }

  /** What the scores let expect of the log-loss; NaN without labels. */
  double expectedLogLoss() {
    return expectedSum / labelled();
  }

  /** Pairs inside a bin count half; NaN while one class is missing. */
  public double auc() {
    double pairs = 0;
    long below = 0;
    for (int bin = 0; bin < BINS; bin++) {
      pairs += positives[bin] * (below + negatives[bin] / 2.0);
      below += negatives[bin];
    }
    return positiveRows == 0 || below == 0 ? Double.NaN : pairs / ((double) positiveRows * below);
  }

  public byte[] toBytes() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(VERSION).putLong(predictions).putLong(noLabel).putLong(positiveRows);
    buffer.putDouble(lossSum).putDouble(expectedSum);
    for (int bin = 0; bin < BINS; bin++) {
      buffer.putLong(positives[bin]).putLong(negatives[bin]);
    }
    return buffer.array();
  }

  /**
   * What {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if they are something else
   */
  public static OutcomeCounts fromBytes(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length != BYTES || buffer.getInt() != VERSION) {
      throw new IllegalArgumentException(bytes.length + " bytes are no counts of outcomes");
    }
    OutcomeCounts counts = new OutcomeCounts();
    counts.predictions = buffer.getLong();
    counts.noLabel = buffer.getLong();
    counts.positiveRows = buffer.getLong();
    counts.lossSum = buffer.getDouble();
    counts.expectedSum = buffer.getDouble();
    for (int bin = 0; bin < BINS; bin++) {
      counts.positives[bin] = buffer.getLong();
      counts.negatives[bin] = buffer.getLong();
    }
    return counts;
  }
}
