package io.millrace.inference.gate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How sure the difference of two models on the same rows is: the paired bootstrap of Efron and
 * Tibshirani (1993), whole days drawn with replacement, since the rows of one day depend on each
 * other. Seeded; the same rows give the same bounds.
 */
final class DayBootstrap {
  /** The two bounds leave 2.5 % of the resamples outside on either side. */
  private static final double TAIL = 0.025;

  private final PairedScores scores;
  private final int resamples;
  private final long seed;

  DayBootstrap(PairedScores scores, int resamples, long seed) {
    this.scores = scores;
    this.resamples = resamples;
    this.seed = seed;
  }

  /**
   * The candidate's measure less the champion's.
   *
   * @param mean on all rows
   * @param lower 2.5 % of the resamples lie below
   * @param upper 2.5 % lie above
   * @param belowZero the share of resamples below zero
   */
  record Difference(double mean, double lower, double upper, double belowZero) {}

  /** Of the mean log-loss, in nats, on the rows of a slice that holds at least one. */
  Difference logLoss(boolean[] slice) {
    double[] sums = new double[scores.dayCount()];
    long[] counts = new long[scores.dayCount()];
    for (int row = 0; row < scores.rows(); row++) {
      if (slice[row]) {
        sums[scores.days()[row]] += scores.lossDifference(row);
        counts[scores.days()[row]]++;
      }
    }
    return difference(
        weights -> {
          double sum = 0;
          double count = 0;
          for (int day = 0; day < sums.length; day++) {
            sum += weights[day] * sums[day];
            count += weights[day] * counts[day];
          }
          return sum / count;
        });
  }

  /** Of the AUC, on all rows. */
  Difference auc() {
    Integer[] byCandidate = order(scores.candidate());
    Integer[] byChampion = order(scores.champion());
    return difference(
        weights ->
            auc(scores.candidate(), byCandidate, weights)
                - auc(scores.champion(), byChampion, weights));
  }

  private interface Measure {
    double of(int[] dayWeights);
  }

  private Difference difference(Measure measure) {
    int[] weights = new int[scores.dayCount()];
    Arrays.fill(weights, 1);
    double mean = measure.of(weights);
    Random random = new Random(seed);
    double[] drawn = new double[resamples];
    int kept = 0;
    for (int i = 0; i < resamples; i++) {
      Arrays.fill(weights, 0);
      for (int day = 0; day < weights.length; day++) {
        weights[random.nextInt(weights.length)]++;
      }
      double value = measure.of(weights);
      // Days without rows of the slice, or with one label only, measure nothing.
      if (!Double.isNaN(value)) {
        drawn[kept++] = value;
      }
    }
    if (kept == 0) {
      return new Difference(mean, Double.NaN, Double.NaN, 0);
    }
    double[] sorted = Arrays.copyOf(drawn, kept);
    Arrays.sort(sorted);
    long below = Arrays.stream(sorted).filter(value -> value < 0).count();
    return new Difference(
        mean,
        sorted[(int) (TAIL * (kept - 1))],
        sorted[(int) Math.ceil((1 - TAIL) * (kept - 1))],
        (double) below / kept);
  }

  private static Integer[] order(float[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble(row -> values[row]))
        .toArray(Integer[]::new);
  }

  /** The chance that a true row scores above a false one, ties counting half; NaN if one misses. */
  private double auc(float[] values, Integer[] order, int[] weights) {
    double falseBelow = 0;
    double trueRows = 0;
    double pairs = 0;
    int at = 0;
    while (at < order.length) {
      double trueHere = 0;
      double falseHere = 0;
      float value = values[order[at]];
      for (; at < order.length && values[order[at]] == value; at++) {
        int weight = weights[scores.days()[order[at]]];
        if (scores.labels()[order[at]]) {
          trueHere += weight;
        } else {
          falseHere += weight;
        }
      }
      pairs += trueHere * (falseBelow + falseHere / 2);
      falseBelow += falseHere;
      trueRows += trueHere;
    }
    return pairs / (trueRows * falseBelow);
  }
}
