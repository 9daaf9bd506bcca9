package io.millrace.feature.loop;

import java.util.Objects;

/**
 * How far a retraining has come. The last record of a request says how it ended.
 *
 * @param requestId {@link RetrainRequest#id()}
 * @param model the model's name
 * @param phase how far it is
 * @param candidateVersion the version that came of it; 0 before there is one
 * @param detail in words: the step, a gate's verdict, why it failed
 * @param atMs wall clock
 */
public record RetrainStatus(
    String requestId, String model, Phase phase, int candidateVersion, String detail, long atMs) {
  /** In their order; the last three are ends. */
  public enum Phase {
    /** A worker has taken the request. */
    ACCEPTED,
    /** The training set is made, or the trainer runs. */
    TRAINING,
    /** The candidate is held against the gates. */
    VALIDATING,
    /** It passed, and is loaded and shadows the champion. */
    ROLLOUT,
    /** It serves. */
    ACTIVATED,
    /** A gate or the shadow refused it; the champion serves on. */
    REJECTED,
    /** There is no candidate; the champion serves on. */
    FAILED;

    /** Whether nothing follows for this request. */
    public boolean isEnd() {
      return this == ACTIVATED || this == REJECTED || this == FAILED;
    }
  }

  public RetrainStatus {
    Objects.requireNonNull(requestId, "requestId");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(detail, "detail");
  }
}
