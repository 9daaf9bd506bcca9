package io.millrace.inference.drift;

/**
 * How well a model did on rows it was not trained on.
 *
 * @param rows how many
 * @param auc on all of them; NaN while one class is missing
 * @param logLoss mean, in nats
 * @param excess mean of the loss less what the scores themselves let expect; about 0 for a
 *     calibrated model
 * @param dayDeviation standard deviation of that mean between days
 * @param days how many days there were
 */
record PerformanceReference(
    long rows, double auc, double logLoss, double excess, double dayDeviation, int days) {}
