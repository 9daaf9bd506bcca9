package io.millrace.feature.loop;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How the vectors that a service was served in one stretch of event time compare with those
 * recomputed from the recorded events: a round of the continuous parity.
 *
 * <pre>
 * predictions = compared + skipped        compared = equal + mismatched
 * </pre>
 *
 * @param service whose vectors
 * @param round 1 for the first, one more each time
 * @param afterMs predictions for requests after this instant; 0 of the first round
 * @param untilMs and up to this one: all that these vectors could have seen is recorded
 * @param atMs when the round was made, wall clock
 * @param predictions how many there are in that stretch
 * @param compared how many of them were recomputed
 * @param equal to the bit, but for what a sketch may estimate
 * @param mismatched the others
 * @param skipped not recomputed, since the round's budget was spent
 * @param definitionsHash of the definitions that they were recomputed by
 * @param reasons of the mismatches; those that none has are not there
 * @param features in the order of the vector
 * @param examples some of the mismatches, the earliest of each reason
 * @param snapshots what was read
 */
public record ParityReport(
    String service,
    long round,
    long afterMs,
    long untilMs,
    long atMs,
    long predictions,
    long compared,
    long equal,
    long mismatched,
    long skipped,
    String definitionsHash,
    List<ReasonCount> reasons,
    List<FeatureParity> features,
    List<Mismatch> examples,
    List<TableSnapshot> snapshots) {
  public ParityReport {
    Objects.requireNonNull(service, "service");
    reasons = List.copyOf(reasons);
    features = List.copyOf(features);
    examples = List.copyOf(examples);
    snapshots = List.copyOf(snapshots);
    if (predictions != compared + skipped || compared != equal + mismatched) {
      throw new IllegalArgumentException(
          predictions
              + " predictions must be "
              + compared
              + " compared + "
              + skipped
              + " skipped, and those "
              + equal
              + " equal + "
              + mismatched
              + " not");
    }
    if (round < 1 || afterMs >= untilMs) {
      throw new IllegalArgumentException(
          "round "
              + round
              + " is 1 or more and of some time, but its stretch is ("
              + afterMs
              + ", "
              + untilMs
              + "]");
    }
  }

  /** Why a served vector is not what the events say; each is proved, see {@link Mismatch}. */
  public enum Reason {
    /** An event that it depends on became known after it was answered. */
    LATE_EVENT,
    /** The request was answered more than once, and not with the same values. */
    ANSWERED_TWICE,
    /** It was answered by a job that was started again after the request had been appended. */
    ACROSS_RESTART,
    /** It is what definitions make that were applied before. */
    DEFINITION_CHANGE,
    /** A sketch's value lies beyond the error that the sketch states. */
    BEYOND_BOUND,
    /** Events that it depends on were erased after it was answered. */
    ERASED,
    /** The request is not among the recorded events, so there is nothing to compute from. */
    NO_REQUEST,
    /** None of these: a fault. */
    UNEXPLAINED
  }

  /** How many mismatches have a reason. */
  public record ReasonCount(Reason reason, long count) {}

  /**
   * One value of the vector over all that were compared.
   *
   * @param compared vectors whose value was recomputed
   * @param estimated of them not the exact value, but within what its sketch states
   * @param mismatched of them neither
   */
  public record FeatureParity(String feature, long compared, long estimated, long mismatched) {}

  /**
   * One mismatch.
   *
   * @param predictionId the request's position
   * @param requestKey what its label is joined on
   * @param evidence what proves the reason: the events, snapshots or definitions
   * @param values those that differ; empty if it could not be recomputed
   */
  public record Mismatch(
      String predictionId,
      String requestKey,
      long requestTimeMs,
      String model,
      int modelVersion,
      Reason reason,
      String evidence,
      List<DifferentValue> values) {
    public Mismatch {
      values = List.copyOf(values);
    }
  }

  /**
   * One value that differs.
   *
   * @param key of the view's row that it comes from; empty if it is computed
   * @param served as text; empty for null
   * @param recomputed as text; empty for null
   */
  public record DifferentValue(
      String feature, String key, Optional<String> served, Optional<String> recomputed) {}

  /** A table of the offline store and the number of its snapshot. */
  public record TableSnapshot(String table, long snapshot) {}

  /** The share of the compared vectors that mismatched; 0 if none was compared. */
  public double mismatchRate() {
    return compared == 0 ? 0 : (double) mismatched / compared;
  }
}
