package io.millrace.server.train;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.ServiceFeature;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingException;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.training.TrainingCounts;
import io.millrace.offline.training.TrainingSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Trains the model of a service from the history of its sources: one walk through the events makes
 * the rows to learn from, {@code [from, to)}, and those to be measured on, {@code [to,
 * evaluateTo)}.
 *
 * <p>A label that becomes known after {@code to} is still used for a row before it; the model is
 * measured on later requests only.
 *
 * @param sources the names of the event sources to read; others count as silent
 */
public record ModelTraining(
    Definitions definitions,
    String definitionsHash,
    String service,
    Collection<String> sources,
    String model,
    Instant from,
    Instant to,
    Instant evaluateTo) {
  /** What was trained, from what. */
  public record Trained(ModelBundle bundle, TrainingCounts counts) {}

  /**
   * Trains and saves the next version.
   *
   * @param workFolder for the trainer's files
   * @param eventsRead hears now and then how many events were read
   * @throws IllegalArgumentException if there is nothing to learn from, or a feature is a list or a
   *     map, which no model reads
   */
  public Trained run(
      Path models,
      Path workFolder,
      LongConsumer eventsRead,
      TrainingListener listener,
      InstantSource clock)
      throws IOException, InterruptedException, TrainingException {
    TrainingSet set = TrainingSet.of(definitions, service, from, evaluateTo);
    // Now rather than after a walk through all of the history.
    FeatureEncoder.requireScalars(set.vectorSchema());
    List<EventSource> read =
        set.sources().stream().filter(source -> sources.contains(source.name())).toList();
    TrainingRows rows;
    try (MergedHistory past = MergedHistory.open(read, HistoryRange.all())) {
      rows = TrainingRows.read(set, past, to, eventsRead);
    }
    List<TrainingRow> training = rows.training();
    List<TrainingRow> evaluation = rows.evaluation();
    if (training.isEmpty() || evaluation.isEmpty()) {
      throw new IllegalArgumentException(
          "there are "
              + training.size()
              + " labelled requests in ["
              + from
              + ", "
              + to
              + ") and "
              + evaluation.size()
              + " in ["
              + to
              + ", "
              + evaluateTo
              + "); choose --from, --to and --evaluate-to inside the history");
    }
    TrainingRequest request =
        TrainingRequest.of(model, service, set.vectorSchema(), training, evaluation)
            .withStaticColumns(staticColumns())
            .withDefinitionsHash(definitionsHash);
    ModelTrainer trainer =
        new ModelTrainer(TrainerOptions.inFolder(workFolder), new ModelRepository(models), clock);
    return new Trained(trainer.train(request, listener), rows.counts());
  }

  /** What can be known without any history: the values computed from the request alone. */
  private Set<String> staticColumns() {
    return definitions.service(service).features().stream()
        .filter(ServiceFeature.Computed.class::isInstance)
        .map(ServiceFeature::name)
        .collect(Collectors.toSet());
  }
}
