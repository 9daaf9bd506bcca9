package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.inference.Evaluation;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.training.TrainingSet;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a join that sees the future does, on the flights of 2008: it looks better offline than the
 * right one, and what it learnt is worth less where only the past is known.
 */
class LeakTest {
  private static final Path DATA =
      Path.of("..", "feature-definitions", "flights", "data").toAbsolutePath().normalize();
  private static final Instant FROM = Instant.parse("2008-01-15T00:00:00Z");
  private static final Instant TO = Instant.parse("2008-02-15T00:00:00Z");
  private static final Instant EVALUATE_TO = Instant.parse("2008-03-01T00:00:00Z");
  private static final int ONE_IN = 4;

  @TempDir Path folder;

  private record Rows(TrainingSet set, List<TrainingRow> training, List<TrainingRow> later) {}

  @Test
  void aLeakyJoinLooksBetterOfflineAndIsWorseServedThanTheRightOne() throws Exception {
    Rows right =
        rows(
            Map.of(
                "data",
                DATA.toString(),
                "departed_at",
                "sched_dep_utc + dep_delay_min * 60000",
                "arrived_at",
                "sched_dep_utc + ((has(sched_elapsed_min) ? sched_elapsed_min : 0)"
                    + " + (has(arr_delay_min) ? arr_delay_min : 0)) * 60000"));
    Rows leaky =
        rows(
            Map.of(
                "data", DATA.toString(),
                "departed_at", "sched_dep_utc",
                "arrived_at", "sched_dep_utc"));
    LoadedModel rightModel = train("right", right);
    LoadedModel leakyModel = train("leaky", leaky);

    double rightOffline = auc(rightModel, right.later());
    double leakyOffline = auc(leakyModel, leaky.later());
    double leakyServed = auc(leakyModel, right.later());
    System.out.printf(
        "AUC: right join %.4f, leaky join offline %.4f, the same model served %.4f%n",
        rightOffline, leakyOffline, leakyServed);

    assertThat(rightOffline).as("the right join").isBetween(0.74, 0.78);
    assertThat(leakyOffline).as("the leaky join, offline").isGreaterThan(rightOffline + 0.02);
    assertThat(leakyServed).as("the leaky model, served").isLessThan(rightOffline - 0.005);
  }

  private Rows rows(Map<String, String> variables) throws Exception {
    Definitions definitions =
        DefinitionFiles.load(Path.of("src", "test", "resources", "leak"), variables);
    TrainingSet set = TrainingSet.of(definitions, "leak", FROM, EVALUATE_TO);
    List<TrainingRow> training = new ArrayList<>();
    List<TrainingRow> later = new ArrayList<>();
    try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all())) {
      set.walk(
          past,
          row -> {
            if (Math.floorMod(row.requestKey().hashCode(), ONE_IN) == 0) {
              (row.requestTimeMs() < TO.toEpochMilli() ? training : later)
                  .add(new TrainingRow(row.vector(), row.label(), row.requestTimeMs()));
            }
          });
    }
    return new Rows(set, training, later);
  }

  private LoadedModel train(String name, Rows rows) throws Exception {
    ModelRepository repository = new ModelRepository(folder.resolve("models"));
    int version =
        new ModelTrainer(
                TrainerOptions.inFolder(folder.resolve("work")), repository, InstantSource.system())
            .train(
                TrainingRequest.of(
                    name, "leak", rows.set().vectorSchema(), rows.training(), rows.later()),
                TrainingListener.SILENT)
            .version();
    return repository.load(name, version);
  }

  private static double auc(LoadedModel model, List<TrainingRow> rows) throws Exception {
    Evaluation.Collector collector = new Evaluation.Collector();
    for (TrainingRow row : rows) {
      collector.add(model.score(row.vector()), row.label());
    }
    return collector.evaluation().auc();
  }
}
