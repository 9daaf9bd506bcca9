package io.millrace.server.retrain;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.Evaluation;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRefusedException;
import io.millrace.inference.model.ModelRepository;
import io.millrace.schema.FeatureContract;
import io.millrace.server.train.TrainingRows;
import java.util.List;
import java.util.Locale;

/**
 * Holds a candidate against the champion: both are loaded as a subtask would load them (hash, scan,
 * golden rows), and score the same labelled requests, which the candidate has not learnt from.
 */
public final class HoldoutGate implements CandidateGate {
  /** How much worse the candidate's log-loss may be: less than chance makes of it. */
  static final double TOLERANCE = 1e-4;

  private static final int BATCH = 256;

  private final ModelRepository models;

  public HoldoutGate(ModelRepository models) {
    this.models = models;
  }

  @Override
  public Verdict judge(RetrainRequest request, int champion, int candidate, TrainingRows rows)
      throws InterruptedException {
    try (LoadedModel old = models.load(request.model(), champion);
        LoadedModel fresh = models.load(request.model(), candidate)) {
      FeatureContract contract = FeatureContract.of(rows.schema());
      old.requireContract(contract);
      fresh.requireContract(contract);
      Evaluation before = evaluate(old, rows.evaluation());
      Evaluation after = evaluate(fresh, rows.evaluation());
      boolean passed = after.logLoss() <= before.logLoss() + TOLERANCE;
      return new Verdict(
          passed,
          String.format(
              Locale.ROOT,
              "%s on %,d held-out requests: log-loss %.4f and AUC %.4f of version %d, %.4f and"
                  + " %.4f of the champion %d",
              passed ? "not worse" : "worse",
              after.rows(),
              after.logLoss(),
              after.auc(),
              candidate,
              before.logLoss(),
              before.auc(),
              champion));
    } catch (ModelRefusedException | ScoringException e) {
      return new Verdict(false, e.getMessage());
    }
  }

  private static Evaluation evaluate(ScoringModel model, List<TrainingRow> rows)
      throws ScoringException, InterruptedException {
    Evaluation.Collector collector = new Evaluation.Collector();
    try (ScoreBatch batch = model.newBatch(BATCH)) {
      for (int start = 0; start < rows.size(); start += BATCH) {
        if (Thread.interrupted()) {
          throw new InterruptedException("interrupted in the gate");
        }
        int count = Math.min(BATCH, rows.size() - start);
        for (int i = 0; i < count; i++) {
          model.encoder().encode(rows.get(start + i).vector(), batch.input(), i);
        }
        batch.run(count);
        for (int i = 0; i < count; i++) {
          collector.add(batch.score(i), rows.get(start + i).label());
        }
      }
    }
    return collector.evaluation();
  }
}
