package io.millrace.feature.loop;

/**
 * How well the predictions of a pane foretold, by the labels that came.
 *
 * @param predictions of the pane
 * @param labelled of these
 * @param noLabel of these, those whose event told that there is no label
 * @param positives of the labelled
 * @param auc from counts in bins of the score's logit; NaN while one class is missing
 * @param logLoss mean, in nats; NaN without labels
 * @param referenceAuc the version's own on the rows it was measured on at training
 * @param referenceLogLoss likewise
 * @param pValue of the log-loss being no higher than the reference's, its spread between panes
 *     allowed for; in [0, 1]
 * @param degraded whether that, and the size of the loss, say that the model has become worse
 */
public record Performance(
    long predictions,
    long labelled,
    long noLabel,
    long positives,
    double auc,
    double logLoss,
    double referenceAuc,
    double referenceLogLoss,
    double pValue,
    boolean degraded) {
  /** The share of predictions of which it is known what came, in [0, 1]; 1 without any. */
  public double completeness() {
    return predictions == 0 ? 1 : (double) (labelled + noLabel) / predictions;
  }
}
