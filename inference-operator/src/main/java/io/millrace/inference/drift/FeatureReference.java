package io.millrace.inference.drift;

/**
 * What one feature, or the score, looked like at training: its bins, how often each was hit, and
 * how much panes of the same length differed from the whole there. Immutable and thread-safe.
 *
 * <p>Rows of a pane are dependent: thousands of them share one slow aggregate. So Pearson's
 * chi-squared of a pane is not compared with the chi-squared of independent rows, but with that of
 * the reference's own panes, each against all the others, as a later pane is against all of them:
 * with mean m and variance v of these the statistic of a stable pane is about {@code m * chi2(f) /
 * f}, where {@code f = 2 m^2 / v} (Satterthwaite 1946), and relative to a mean that was itself
 * estimated from k panes it follows {@code F(f, f (k - 1))}.
 *
 * <p>What rows share does not average out in a fuller pane, so its chi-squared grows with its rows,
 * but for the part of independent rows; see {@link #expectedStatistic}. In a less full pane each
 * bin's share is noisier, so its stability index grows; see {@link #expectedEffect}.
 *
 * @param name the column, or {@link io.millrace.feature.loop.FeatureDrift#SCORE}
 * @param counts of each bin, over the whole reference
 * @param low the least number of the reference; NaN for categories or without any
 * @param high the greatest
 * @param panes how many panes of the reference were full enough to be compared
 * @param meanStatistic their mean chi-squared, at least that of independent rows
 * @param freedom the degrees of freedom f
 * @param meanEffect their mean population stability index
 * @param mostNulls the greatest share of nulls among them
 * @param mostTop the greatest share of one bin among them, nulls left out
 * @param importance the share of the model's gain, in [0, 1]
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record FeatureReference(
    String name,
    Bins bins,
    long[] counts,
    double low,
    double high,
    int panes,
    double meanStatistic,
    double freedom,
    double meanEffect,
    double mostNulls,
    double mostTop,
    double importance) {
  FeatureReference {
    if (counts.length != bins.count()) {
      throw new IllegalArgumentException(
          "%s has %d counts of %d bins".formatted(name, counts.length, bins.count()));
    }
  }

  long rows() {
    long rows = 0;
    for (long count : counts) {
      rows += count;
    }
    return rows;
  }

  double nulls() {
    long rows = rows();
    return rows == 0 ? 0 : (double) counts[Bins.NULL] / rows;
  }

  FeatureReference withImportance(double share) {
    return new FeatureReference(
        name,
        bins,
        counts,
        low,
        high,
        panes,
        meanStatistic,
        freedom,
        meanEffect,
        mostNulls,
        mostTop,
        share);
  }

  /** The mean chi-squared of stable panes of so many rows; a greater one for fuller panes. */
  double expectedStatistic(double rows) {
    double independent = independentFreedom(counts);
    double fuller = Math.max(1, rows / rowsPerPane());
    return independent + Math.max(0, meanStatistic - independent) * fuller;
  }

  /** The mean stability index of stable panes of so many rows; a greater one for emptier panes. */
  double expectedEffect(double rows) {
    return meanEffect + Math.max(0, samplingEffect(rows) - samplingEffect(rowsPerPane()));
  }

  /** About {@code (bins - 1) / rows}; a bin that is hit less than once counts in part. */
  private double samplingEffect(double rows) {
    double hit = -1;
    for (double share : shares()) {
      hit += Math.min(1, rows * share);
    }
    return Math.max(0, hit) / Math.max(1, rows);
  }

  private double rowsPerPane() {
    return Math.max(1, (double) rows() / Math.max(1, panes));
  }

  /** The degrees of freedom, and so the mean, of the chi-squared of independent rows. */
  static double independentFreedom(long[] counts) {
    int occupied = 0;
    for (long count : counts) {
      occupied += count > 0 ? 1 : 0;
    }
    return Math.max(1, occupied - 1);
  }

  /** Pearson's chi-squared of a pane's counts against the reference's shares. */
  static double statistic(long[] pane, double[] shares) {
    double rows = sum(pane);
    double statistic = 0;
    for (int bin = 0; bin < pane.length; bin++) {
      double expected = rows * shares[bin];
      double off = pane[bin] - expected;
      statistic += off * off / expected;
    }
    return statistic;
  }

  /** The population stability index of a pane's counts against the reference's shares. */
  static double effect(long[] pane, double[] shares) {
    double rows = sum(pane);
    double effect = 0;
    for (int bin = 0; bin < pane.length; bin++) {
      double share = (pane[bin] + 0.5) / (rows + 0.5 * pane.length);
      effect += (share - shares[bin]) * Math.log(share / shares[bin]);
    }
    return effect;
  }

  /** The greatest share of one bin among the rows that are not null; 0 without any. */
  static double top(long[] pane) {
    long most = 0;
    for (int bin = 1; bin < pane.length; bin++) {
      most = Math.max(most, pane[bin]);
    }
    long present = sum(pane) - pane[Bins.NULL];
    return present == 0 ? 0 : (double) most / present;
  }

  static long sum(long[] counts) {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum;
  }

  double[] shares() {
    return shares(counts);
  }

  /** The shares of the bins, never 0: half a row is added to each (Jeffreys' prior). */
  static double[] shares(long[] counts) {
    double rows = sum(counts);
    double[] shares = new double[counts.length];
    for (int bin = 0; bin < shares.length; bin++) {
      shares[bin] = (counts[bin] + 0.5) / (rows + 0.5 * counts.length);
    }
    return shares;
  }
}
