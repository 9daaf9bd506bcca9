package io.millrace.inference.train;

/** Hears how a training goes on. Called by the thread that trains. */
public interface TrainingListener {
  /** Hears nothing. */
  TrainingListener SILENT = new TrainingListener() {};

  /**
   * A step begins: {@code fitting}, {@code training}, {@code static baseline}, {@code parity}...
   */
  default void step(String name) {}

  /**
   * A tree was grown.
   *
   * @param round how many there are
   * @param rounds the most there will be
   * @param logLoss on the held-out rows
   * @param auc on the held-out rows
   */
  default void round(int round, int rounds, double logLoss, double auc) {}
}
