package io.millrace.server.retrain;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.gate.Candidate;
import io.millrace.inference.gate.GateLimits;
import io.millrace.inference.gate.GateReport;
import io.millrace.inference.gate.Gates;
import io.millrace.inference.model.ModelRefusedException;
import io.millrace.inference.model.ModelRepository;
import io.millrace.schema.FeatureContract;
import io.millrace.server.train.TrainingRows;

/** Every gate of the repository; the verdicts are kept beside the version. */
public final class RepositoryGates implements CandidateGate {
  private final Gates gates;

  public RepositoryGates(ModelRepository models) {
    this.gates = new Gates(models, GateLimits.defaults());
  }

  @Override
  public Verdict judge(RetrainRequest request, int champion, int candidate, TrainingRows rows) {
    try {
      GateReport report =
          gates.check(
              new Candidate(
                  request.model(),
                  candidate,
                  FeatureContract.of(rows.schema()),
                  rows.evaluation(),
                  request.drifted()));
      return new Verdict(report.passed(), report.summary());
    } catch (ModelRefusedException e) {
      return new Verdict(false, e.getMessage());
    }
  }
}
