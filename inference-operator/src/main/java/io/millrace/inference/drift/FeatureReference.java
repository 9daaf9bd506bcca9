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
 *     <p>Few panes say little of how much panes differ. What is missing to {@link #ENOUGH_PANES} is
 *     borrowed from the reference of the version before, see {@link #borrowing}.
 * @param panes how many panes of the reference were full enough to be compared
 * @param borrowed how many panes of the version before count beside them in the three numbers that
 *     follow
 * @param meanStatistic the mean chi-squared of the panes, at least that of independent rows
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
    int borrowed,
    double meanStatistic,
    double freedom,
    double meanEffect,
    double mostNulls,
    double mostTop,
    double importance) {
  /** With fewer panes than these a reference borrows. */
  static final int ENOUGH_PANES = 12;

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
        borrowed,
        meanStatistic,
        freedom,
        meanEffect,
        mostNulls,
        mostTop,
        share);
  }

  /** How many panes the spread was learnt from. */
  int evidence() {
    return panes + borrowed;
  }

  /**
   * The same reference with the spread of the version before it, as far as its own panes are too
   * few: {@code ENOUGH_PANES - panes} of the other's panes count as if they were its own.
   *
   * <p>What is borrowed is how much panes differ beyond the noise of independent rows, a row and a
   * degree of freedom; never the shares of the bins. A later pane is held against the mean of the
   * {@code panes} only, which is {@code 1 / panes} off by itself: so that part is taken out of both
   * and put in again.
   *
   * <p>Categories borrow nothing: what few panes tell of rare ones is too noisy to be held against
   * anything.
   *
   * @param before of the same name; another type of values lends nothing
   */
  FeatureReference borrowing(FeatureReference before) {
    int lent = Math.min(before.evidence(), Math.max(0, ENOUGH_PANES - panes));
    if (lent == 0 || bins.isCategorical() || before.bins().type() != bins.type()) {
      return this;
    }
    double independent = independentFreedom(counts);
    double own = panes < 2 ? 0 : panes;
    double all = own + lent;
    double off = 1 + 1.0 / Math.max(1, panes);
    double spread = (own * spread() + lent * before.spread()) / all;
    double effect = (own * centred(meanEffect) + lent * before.centred(before.meanEffect)) / all;
    // Satterthwaite's degrees stand for a relative variance, 2 / f, and variances are what adds.
    double others =
        Math.min(independent, before.freedom * independent / independentFreedom(before.counts));
    return new FeatureReference(
        name,
        bins,
        counts,
        low,
        high,
        panes,
        lent,
        independent * (1 + spread * rowsPerPane()) * off,
        Math.min(independent, all / (own / freedom + lent / others)),
        effect * off,
        mostNulls,
        Math.max(mostTop, before.mostTop),
        importance);
  }

  /** What panes differ beyond independent rows, a row and a degree of freedom. */
  private double spread() {
    double independent = independentFreedom(counts);
    return Math.max(0, centred(meanStatistic) / independent - 1) / rowsPerPane();
  }

  /** Without what the mean that the panes were held against was off by itself. */
  private double centred(double mean) {
    double against = borrowed > 0 ? Math.max(1, panes) : Math.max(1, panes - 1);
    return mean / (1 + 1 / against);
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
