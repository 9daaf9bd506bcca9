package io.millrace.inference.policy;

import io.millrace.feature.loop.DriftReport;
import java.util.Map;

/** Reads a report as a {@link Suspicion}. Implementations are pure and thread-safe. */
@FunctionalInterface
public interface SuspicionRule {
  /**
   * @param faultyUntilMs by column, until when it was at fault: what {@link
   *     Suspicion#faultyColumns} told of earlier panes of the same version
   */
  Suspicion of(DriftReport report, Map<String, Long> faultyUntilMs);
}
