package io.millrace.feature.loop;

import java.util.Objects;
import java.util.Optional;

/**
 * A prediction with its label, or with the certainty that none will come.
 *
 * @param predictionId {@link io.millrace.feature.Prediction#id()}; one prediction, one outcome
 * @param requestKey the request's columns that its label is joined on
 * @param service whose vector was scored
 * @param model the model's name
 * @param modelVersion the version that scored
 * @param requestTimeMs the request's event time; performance is accounted by it
 * @param score in [0, 1]
 * @param status whether there is a label, and if not, why
 * @param label what came of the request; empty unless {@link Status#LABELLED}
 * @param labelTimeMs event time of the event that told; with {@link Status#UNANSWERED} the end of
 *     the horizon
 */
public record Outcome(
    String predictionId,
    String requestKey,
    String service,
    String model,
    int modelVersion,
    long requestTimeMs,
    double score,
    Status status,
    Optional<Boolean> label,
    long labelTimeMs) {
  /** What became of the wait for a label. */
  public enum Status {
    /** The label is known. */
    LABELLED,
    /** The event that tells came, but has no label, as of a cancelled flight. */
    NO_LABEL,
    /** No event told within the horizon. */
    UNANSWERED
  }

  public Outcome {
    Objects.requireNonNull(predictionId, "predictionId");
    Objects.requireNonNull(requestKey, "requestKey");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(status, "status");
    if (label.isPresent() != (status == Status.LABELLED)) {
      throw new IllegalArgumentException(
          "the outcome of " + predictionId + " is " + status + " with the label " + label);
    }
  }
}
