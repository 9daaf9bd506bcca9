package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.inference.drift.DriftOptions;
import io.millrace.inference.drift.FeatureLineage;
import io.millrace.inference.drift.Judgement;
import io.millrace.inference.policy.Suspicion;
import io.millrace.inference.policy.SuspicionRule;
import java.util.List;
import java.util.Map;

/** What the tests of drift make of a report, as the policy asks for it. */
final class JudgementRule implements SuspicionRule {
  private final DriftOptions options;
  private final FeatureLineage lineage;

  JudgementRule(DriftOptions options, FeatureLineage lineage) {
    this.options = options;
    this.lineage = lineage;
  }

  @Override
  public Suspicion of(DriftReport report, Map<String, Long> faultyUntilMs) {
    Judgement judgement = Judgement.of(report, options, lineage, faultyUntilMs);
    return new Suspicion(
        judgement.kind() == Judgement.Kind.DRIFT || judgement.kind() == Judgement.Kind.DEGRADED,
        judgement.kind() == Judgement.Kind.INCIDENT,
        judgement.clouded(),
        judgement.drifted(),
        judgement.reason(),
        List.copyOf(lineage.faultyColumns(report)));
  }
}
