package io.millrace.server.retrain;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.server.train.TrainingRows;
import java.util.Objects;

/** Decides whether a candidate may be rolled out. */
public interface CandidateGate {
  /**
   * What was decided.
   *
   * @param detail in words, with the figures
   */
  record Verdict(boolean passed, String detail) {
    public Verdict {
      Objects.requireNonNull(detail, "detail");
    }
  }

  /**
   * Holds a saved candidate against the champion. What is wrong with the candidate is a verdict, no
   * exception.
   *
   * @param rows whose evaluation part the candidate has not learnt from
   */
  Verdict judge(RetrainRequest request, int champion, int candidate, TrainingRows rows)
      throws InterruptedException;
}
