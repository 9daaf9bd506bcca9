package io.millrace.offline.parity;

import io.millrace.feature.loop.ParityReport.FeatureParity;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How served vectors compare with those recomputed from the events. {@code sampled = matched + all
 * of reasons}.
 *
 * @param predictions how many there are of the service in the stretch that was looked at
 * @param sampled how many of them were recomputed
 * @param matched how many were equal to the bit, but for {@code estimates}
 * @param reasons how many of the others have each reason; reasons that none has are not there
 * @param mismatches the others, by request time and prediction id; at most {@value
 *     #MOST_MISMATCHES}, the first of them
 * @param estimates the values that need not be equal, and by which rule they were compared
 * @param features each value of the vector
 * @param snapshots by table the number of the snapshot that was read, the newest if there were
 *     several; without tables that have none
 */
public record ParityCheck(
    long predictions,
    long sampled,
    long matched,
    Map<Reason, Long> reasons,
    List<Mismatch> mismatches,
    List<Estimated> estimates,
    List<FeatureParity> features,
    SortedMap<String, Long> snapshots) {
  /** How many mismatches are told one by one. */
  public static final int MOST_MISMATCHES = 10_000;

  public ParityCheck {
    Map<Reason, Long> sorted = new EnumMap<>(Reason.class);
    sorted.putAll(reasons);
    reasons = Collections.unmodifiableMap(sorted);
    mismatches = List.copyOf(mismatches.subList(0, Math.min(MOST_MISMATCHES, mismatches.size())));
    estimates = List.copyOf(estimates);
    features = List.copyOf(features);
    snapshots = Collections.unmodifiableSortedMap(new TreeMap<>(snapshots));
    if (sampled != matched + mismatched(reasons)) {
      throw new IllegalArgumentException(
          sampled + " sampled must be " + matched + " matched + those with reasons " + reasons);
    }
  }

  /**
   * A value that a sketch estimates.
   *
   * @param rule by which it was compared, in words
   * @param notEqual in how many vectors it was not the exact one, as the rule allows
   */
  public record Estimated(String feature, String rule, long notEqual) {}

  /** How many were sampled and did not match. */
  public long mismatched() {
    return mismatched(reasons);
  }

  /** Both together, of the same service by the same definitions. */
  ParityCheck plus(ParityCheck later) {
    Map<Reason, Long> allReasons = new EnumMap<>(Reason.class);
    allReasons.putAll(reasons);
    later.reasons.forEach((reason, count) -> allReasons.merge(reason, count, Long::sum));
    List<Mismatch> allMismatches = new ArrayList<>(mismatches);
    allMismatches.addAll(later.mismatches);
    List<Estimated> allEstimates = new ArrayList<>();
    for (int i = 0; i < estimates.size(); i++) {
      Estimated one = estimates.get(i);
      allEstimates.add(
          new Estimated(
              one.feature(), one.rule(), one.notEqual() + later.estimates.get(i).notEqual()));
    }
    List<FeatureParity> allFeatures = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      FeatureParity one = features.get(i);
      FeatureParity other = later.features.get(i);
      allFeatures.add(
          new FeatureParity(
              one.feature(),
              one.compared() + other.compared(),
              one.estimated() + other.estimated(),
              one.mismatched() + other.mismatched()));
    }
    SortedMap<String, Long> allSnapshots = new TreeMap<>(snapshots);
    later.snapshots.forEach((table, number) -> allSnapshots.merge(table, number, Math::max));
    return new ParityCheck(
        predictions + later.predictions,
        sampled + later.sampled,
        matched + later.matched,
        allReasons,
        allMismatches,
        allEstimates,
        allFeatures,
        allSnapshots);
  }

  private static long mismatched(Map<Reason, Long> reasons) {
    return reasons.values().stream().mapToLong(Long::longValue).sum();
  }
}
