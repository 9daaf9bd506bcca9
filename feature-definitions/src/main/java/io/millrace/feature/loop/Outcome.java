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
 * @param labelPartition the partition, in the topic of the label's source, of the event that told;
 *     empty if none did, or if nobody knows any more
 * @param labelOffset its offset; there is one where there is a partition
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
    long labelTimeMs,
    Optional<Integer> labelPartition,
    Optional<Long> labelOffset) {
  /** What became of the wait for a label. */
  public enum Status {
    /** The label is known. */
    LABELLED,
    /** The event that tells came, but has no label, as of a cancelled flight. */
    NO_LABEL,
    /** No event told within the horizon. */
    UNANSWERED
  }

  /** An outcome of which nobody knows where the event that told was read. */
  public Outcome(
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
    this(
        predictionId,
        requestKey,
        service,
        model,
        modelVersion,
        requestTimeMs,
        score,
        status,
        label,
        labelTimeMs,
        Optional.empty(),
        Optional.empty());
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
    if (labelPartition.isPresent() != labelOffset.isPresent()
        || (labelOffset.isPresent() && status == Status.UNANSWERED)) {
      throw new IllegalArgumentException(
          "the outcome of "
              + predictionId
              + " is "
              + status
              + ", told at partition "
              + labelPartition
              + " and offset "
              + labelOffset);
    }
  }
}
