package io.millrace.inference;

import java.util.Objects;

/**
 * A request that the model could not score: every request becomes one prediction or one failure.
 *
 * @param request as it arrived
 * @param model the name of the model that was asked
 * @param modelVersion its version, 1 or more
 * @param failedAtMs when the attempt failed, wall clock
 * @param reason one word that can be counted: {@code encoding} if the vector does not fit the
 *     model's inputs, {@code run} if the model failed on this row alone
 * @param detail what the model or the encoder said, for people
 */
public record ScoreFailure(
    ScoreRequest request,
    String model,
    int modelVersion,
    long failedAtMs,
    String reason,
    String detail) {
  public static final String ENCODING = "encoding";
  public static final String RUN = "run";

  public ScoreFailure {
    Objects.requireNonNull(request, "request");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(detail, "detail");
  }
}
