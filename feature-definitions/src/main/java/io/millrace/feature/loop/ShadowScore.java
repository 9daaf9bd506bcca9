package io.millrace.feature.loop;

import java.util.Objects;

/**
 * What a candidate would have answered, beside what the champion did.
 *
 * @param predictionId {@link io.millrace.feature.Prediction#id()} of the champion's answer
 * @param requestKey the request's columns that its label is joined on
 * @param model the model's name
 * @param requestTimeMs the request's event time
 * @param epoch of the control record that staged the candidate
 * @param championVersion the version that answered
 * @param championScore in [0, 1]
 * @param shadowVersion the candidate
 * @param shadowScore in [0, 1]
 * @param scoredAtMs wall clock
 */
public record ShadowScore(
    String predictionId,
    String requestKey,
    String model,
    long requestTimeMs,
    long epoch,
    int championVersion,
    double championScore,
    int shadowVersion,
    double shadowScore,
    long scoredAtMs) {
  public ShadowScore {
    Objects.requireNonNull(predictionId, "predictionId");
    Objects.requireNonNull(requestKey, "requestKey");
    Objects.requireNonNull(model, "model");
  }
}
