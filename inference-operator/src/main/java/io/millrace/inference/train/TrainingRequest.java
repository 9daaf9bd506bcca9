package io.millrace.inference.train;

import io.millrace.feature.RowSchema;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.Lineage;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What to train.
 *
 * <pre>{@code
 * TrainingRequest.of("delay", "delay_v1", schema, january, february)
 *     .withStaticColumns(Set.of("carrier", "hour"))
 *     .withDefinitionsHash(hash);
 * }</pre>
 *
 * @param model the name under which the model is saved
 * @param service the feature service whose vectors it reads
 * @param vector the names and types of the vectors; a list or map among them is refused
 * @param training the rows to learn from; read more than once, each time in the same order
 * @param evaluation the rows to be measured on, later than the training's; read once per model
 * @param staticColumns the columns of a second training, for comparison; empty for none
 * @param definitionsHash of the definitions that computed the rows
 * @param maxVocabulary the most texts that a column's vocabulary keeps
 * @param requestId of the retraining that asks for it, for the lineage; empty if a person does
 * @param snapshot the events that the rows were computed from, for the lineage; empty if unknown
 * @param pane how long the panes of the reference profile are
 * @param predecessor the version whose reference lends its spread where this one's is too short; 0
 *     for none
 */
public record TrainingRequest(
    String model,
    String service,
    RowSchema vector,
    Iterable<TrainingRow> training,
    Iterable<TrainingRow> evaluation,
    Set<String> staticColumns,
    String definitionsHash,
    int maxVocabulary,
    XgboostParams params,
    String requestId,
    Optional<Lineage.Snapshot> snapshot,
    Duration pane,
    int predecessor) {
  /** Of the reference profile, unless another length is given. */
  public static final Duration DEFAULT_PANE = Duration.ofDays(7);

  public static final int DEFAULT_VOCABULARY = 1_000;

  public TrainingRequest {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(training, "training");
    Objects.requireNonNull(evaluation, "evaluation");
    Objects.requireNonNull(definitionsHash, "definitionsHash");
    Objects.requireNonNull(params, "params");
    Objects.requireNonNull(requestId, "requestId");
    Objects.requireNonNull(snapshot, "snapshot");
    FeatureEncoder.requireScalars(vector);
    staticColumns = Set.copyOf(staticColumns);
    for (String column : staticColumns) {
      vector.requireIndexOf(column);
    }
  }

  /** Without a comparison with static columns, an unknown hash and default parameters. */
  public static TrainingRequest of(
      String model,
      String service,
      RowSchema vector,
      Iterable<TrainingRow> training,
      Iterable<TrainingRow> evaluation) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        Set.of(),
        "unknown",
        DEFAULT_VOCABULARY,
        XgboostParams.defaults(),
        "",
        Optional.empty(),
        DEFAULT_PANE,
        0);
  }

  public TrainingRequest withStaticColumns(Set<String> columns) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        columns,
        definitionsHash,
        maxVocabulary,
        params,
        requestId,
        snapshot,
        pane,
        predecessor);
  }

  public TrainingRequest withDefinitionsHash(String hash) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        hash,
        maxVocabulary,
        params,
        requestId,
        snapshot,
        pane,
        predecessor);
  }

  public TrainingRequest withMaxVocabulary(int texts) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        texts,
        params,
        requestId,
        snapshot,
        pane,
        predecessor);
  }

  public TrainingRequest withParams(XgboostParams newParams) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        maxVocabulary,
        newParams,
        requestId,
        snapshot,
        pane,
        predecessor);
  }

  /** Names the retraining that asks for it. */
  public TrainingRequest withRequestId(String id) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        maxVocabulary,
        params,
        id,
        snapshot,
        pane,
        predecessor);
  }

  /** Names the events that the rows were computed from. */
  public TrainingRequest withSnapshot(Lineage.Snapshot events) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        maxVocabulary,
        params,
        requestId,
        Optional.of(events),
        pane,
        predecessor);
  }

  /** Lets the reference of an earlier version lend its spread where this one's is too short. */
  public TrainingRequest withPredecessor(int version) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        maxVocabulary,
        params,
        requestId,
        snapshot,
        pane,
        version);
  }

  public TrainingRequest withPane(Duration newPane) {
    return new TrainingRequest(
        model,
        service,
        vector,
        training,
        evaluation,
        staticColumns,
        definitionsHash,
        maxVocabulary,
        params,
        requestId,
        snapshot,
        newPane,
        predecessor);
  }
}
