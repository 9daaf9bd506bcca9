package io.millrace.inference;

import java.util.Arrays;

/**
 * How well scores foretold labels.
 *
 * @param rows how many were scored
 * @param positives how many of them were true
 * @param auc the chance that a true row scores above a false one, ties counting half; NaN if all
 *     rows have one label
 * @param logLoss the mean of {@code -ln p(label)}, scores kept within [1e-7, 1 - 1e-7]; NaN if
 *     there are no rows
 */
public record Evaluation(long rows, long positives, double auc, double logLoss) {
  private static final double LEAST_PROBABILITY = 1e-7;

  /** The share of true rows; NaN if there are no rows. */
  public double positiveRate() {
    return (double) positives / rows;
  }

  /** What one score for all rows would have reached. */
  public Evaluation ofConstant(double score) {
    double loss = (positives * loss(score, true) + (rows - positives) * loss(score, false)) / rows;
    boolean bothLabels = positives > 0 && positives < rows;
    return new Evaluation(rows, positives, bothLabels ? 0.5 : Double.NaN, loss);
  }

  private static double loss(double score, boolean label) {
    double p = Math.min(Math.max(score, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    return -Math.log(label ? p : 1 - p);
  }

  /**
   * Collects scores and labels; eight bytes a row. The AUC is exact: the rank sum of Mann and
   * Whitney with mean ranks for ties. Not thread-safe.
   */
  public static final class Collector {
    // The score's bits in an order-keeping form above the label, so that one sort of longs ranks.
    private long[] ranked = new long[1024];
    private int rows;
    private long positives;
    private double lossSum;

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if the score is NaN
     */
    public void add(float score, boolean label) {
      if (Float.isNaN(score)) {
        throw new IllegalArgumentException("row " + rows + " has the score NaN");
      }
      if (rows == ranked.length) {
        ranked = Arrays.copyOf(ranked, rows * 2);
      }
      ranked[rows++] = (long) orderedBits(score) << 1 | (label ? 1 : 0);
      positives += label ? 1 : 0;
      lossSum += loss(score, label);
    }

    /** The evaluation of all rows so far; more may be added afterwards. */
    public Evaluation evaluation() {
      return new Evaluation(rows, positives, auc(), lossSum / rows);
    }

    private double auc() {
      long negatives = rows - positives;
      if (positives == 0 || negatives == 0) {
        return Double.NaN;
      }
      long[] sorted = Arrays.copyOf(ranked, rows);
      Arrays.sort(sorted);
      double rankSum = 0;
      int start = 0;
      while (start < rows) {
        int end = start;
        int positivesHere = 0;
        while (end < rows && sorted[end] >> 1 == sorted[start] >> 1) {
          positivesHere += (int) (sorted[end] & 1);
          end++;
        }
        rankSum += positivesHere * (start + 1 + end) / 2.0;
        start = end;
      }
      return (rankSum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }

    /** Bits that compare as the floats do; 0.0 and -0.0 are one. */
    private static int orderedBits(float score) {
      int bits = Float.floatToIntBits(score + 0.0f);
      return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }
  }
}
