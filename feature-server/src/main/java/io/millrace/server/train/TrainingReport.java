package io.millrace.server.train;

import io.millrace.inference.Evaluation;
import io.millrace.inference.model.ModelMetrics;
import io.millrace.offline.training.TrainingCounts;
import java.util.Locale;

/** A training as people read it. */
public final class TrainingReport {
  private TrainingReport() {}

  public static String of(ModelTraining.Trained trained) {
    ModelMetrics metrics = trained.bundle().metrics();
    TrainingCounts counts = trained.counts();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s version %d: %,d events read, %,d requests, %,d with a label%n",
            trained.bundle().name(),
            trained.bundle().version(),
            counts.events(),
            counts.requests(),
            counts.labelled()));
    text.append(
        String.format(
            Locale.ROOT,
            "  on %,d later requests (%.1f %% true)      AUC   log-loss%n",
            metrics.model().rows(),
            100 * metrics.model().positiveRate()));
    text.append(line("constant", metrics.constant()));
    metrics.staticColumns().ifPresent(e -> text.append(line("static columns only", e)));
    text.append(line("all features", metrics.model()));
    text.append(
        String.format(
            Locale.ROOT,
            "  ONNX against XGBoost on %,d rows: largest difference %.1e",
            metrics.parityRows(),
            metrics.parityMax()));
    return text.toString();
  }

  private static String line(String name, Evaluation evaluation) {
    return String.format(
        Locale.ROOT, "    %-36s %6.4f   %6.4f%n", name, evaluation.auc(), evaluation.logLoss());
  }
}
