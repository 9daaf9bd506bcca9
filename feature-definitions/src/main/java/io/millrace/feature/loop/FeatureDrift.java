package io.millrace.feature.loop;

import java.util.Objects;

/**
 * How far one feature, or the score, of one pane is from the reference.
 *
 * @param feature the column of the vector, or {@link #SCORE}
 * @param statistic Pearson's chi-squared of the pane's bin counts against the reference's shares,
 *     divided by the design effect of dependent rows: what is compared with chi-squared
 * @param degrees of freedom of that comparison, at least 1
 * @param pValue of the statistic, in [0, 1]
 * @param effect the population stability index less its expectation without drift, at least 0; a
 *     size, not a test
 * @param importance the model's share of gain of this feature, in [0, 1]; 1 for the score
 * @param nulls the share of null values, in [0, 1]
 * @param referenceNulls the same in the reference
 * @param outOfRange the share of values below or above all of the reference, in [0, 1]
 * @param unseen the share of categories that the reference does not hold, in [0, 1]
 * @param verdict what to make of it
 */
public record FeatureDrift(
    String feature,
    double statistic,
    int degrees,
    double pValue,
    double effect,
    double importance,
    double nulls,
    double referenceNulls,
    double outOfRange,
    double unseen,
    Verdict verdict) {
  /** The name under which the score is reported. */
  public static final String SCORE = "score";

  /** What a feature's pane shows. */
  public enum Verdict {
    /** Within what panes of the reference show among themselves. */
    STABLE,
    /** Away from the reference by test, after false-discovery control, and by effect. */
    DRIFTED,
    /**
     * A fault of the data, such as a spike of nulls or a frozen column; training cannot mend it.
     */
    INCIDENT
  }

  public FeatureDrift {
    Objects.requireNonNull(feature, "feature");
    Objects.requireNonNull(verdict, "verdict");
  }
}
