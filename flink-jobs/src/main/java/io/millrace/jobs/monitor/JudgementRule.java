package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.inference.drift.DriftOptions;
import io.millrace.inference.drift.Judgement;
import io.millrace.inference.policy.Suspicion;
import io.millrace.inference.policy.SuspicionRule;

/** What the tests of drift make of a report, as the policy asks for it. */
final class JudgementRule implements SuspicionRule {
  private final DriftOptions options;

  JudgementRule(DriftOptions options) {
    this.options = options;
  }

  @Override
  public Suspicion of(DriftReport report) {
    Judgement judgement = Judgement.of(report, options);
    return new Suspicion(
        judgement.kind() == Judgement.Kind.DRIFT || judgement.kind() == Judgement.Kind.DEGRADED,
        judgement.kind() == Judgement.Kind.INCIDENT,
        judgement.clouded(),
        judgement.drifted(),
        judgement.reason());
  }
}
