package io.millrace.offline.parity;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How served vectors compare with those recomputed from the events. {@code sampled = matched +
 * mismatches.size()}.
 *
 * @param predictions how many there are of the service
 * @param sampled how many of them were recomputed
 * @param matched how many were equal to the bit, but for {@code estimates}
 * @param mismatches the others, by request time and prediction id
 * @param estimates the values that need not be equal, and by which rule they were compared
 */
public record ParityReport(
    long predictions,
    int sampled,
    int matched,
    List<Mismatch> mismatches,
    List<Estimated> estimates) {
  public ParityReport {
    mismatches = List.copyOf(mismatches);
    estimates = List.copyOf(estimates);
    if (sampled != matched + mismatches.size()) {
      throw new IllegalArgumentException(
          sampled + " sampled must be " + matched + " matched + " + mismatches.size() + " not");
    }
  }

  /** Why a served vector is not what the events say. */
  public enum Reason {
    /**
     * An event of before the request became known after it: without those that were known later,
     * the vector is equal.
     */
    LATE_EVENT,
    /** The prediction's vector has other columns than the service has now. */
    OTHER_DEFINITION,
    /** The request is not among the stored events, so there is nothing to compute from. */
    NO_REQUEST,
    /** None of these: a fault. */
    UNEXPLAINED
  }

  /**
   * A value that a sketch estimates.
   *
   * @param rule by which it was compared, in words
   * @param notEqual in how many vectors it was not the exact one, as the rule allows
   */
  public record Estimated(String feature, String rule, long notEqual) {}

  /**
   * One value that differs.
   *
   * @param served as text; null if it was null
   * @param recomputed as text; null if it is null
   */
  public record Difference(String feature, String served, String recomputed) {}

  /**
   * One vector that differs.
   *
   * @param differences empty if it could not be recomputed
   */
  public record Mismatch(
      String predictionId,
      String requestKey,
      long requestTimeMs,
      Reason reason,
      List<Difference> differences) {
    public Mismatch {
      differences = List.copyOf(differences);
    }
  }

  /** How many mismatches have each reason; reasons that none has are not there. */
  public Map<Reason, Long> byReason() {
    return mismatches.stream()
        .collect(Collectors.groupingBy(Mismatch::reason, Collectors.counting()));
  }
}
