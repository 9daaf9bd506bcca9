package io.millrace.inference.policy;

import io.millrace.feature.loop.DriftReport;

/** Reads a report as a {@link Suspicion}. Implementations are pure and thread-safe. */
@FunctionalInterface
public interface SuspicionRule {
  Suspicion of(DriftReport report);
}
