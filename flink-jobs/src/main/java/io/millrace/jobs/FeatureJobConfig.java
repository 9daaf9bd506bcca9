package io.millrace.jobs;

import io.millrace.online.settings.OnlineSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a feature job is told.
 *
 * @param definitions the folder of definition files
 * @param variables what {@code ${name}} in them stands for
 * @param service whose requests are answered
 * @param views which views alone are computed and written; empty for all, with all that goes with
 *     them
 * @param bootstrapServers of Kafka
 * @param registryUrl base URL of the schema registry's Confluent API
 * @param group consumer group and transaction id prefix
 * @param predictionsTopic where predictions go
 * @param controlTopic where the roles of model versions come from
 * @param statusTopic where control records are acknowledged
 * @param shadowTopic where a candidate's scores go
 * @param online which online store
 * @param offline root of the offline store
 * @param models root folder of the models
 * @param model which model scores; empty scores nothing
 * @param checkpoints folder of the checkpoints
 * @param checkpointInterval how often
 * @param restore the checkpoint to go on from; empty to begin anew
 * @param history root folder of the offline store whose recorded events come first; empty for none
 * @param alignment how far, in event time, one partition may run ahead of another
 * @param futureGuard how far ahead of the clock an event time may lie
 * @param hotStateBytes how much state a subtask keeps on the heap
 * @param parallelism of the whole job
 * @param local whether to run a cluster of one's own inside this process
 * @param metricsPort where a cluster of one's own serves Prometheus metrics; 0 for nowhere
 * @param restPort where a cluster of one's own serves Flink's REST API; 0 for any
 */
public record FeatureJobConfig(
    Path definitions,
    Map<String, String> variables,
    String service,
    List<String> views,
    String bootstrapServers,
    String registryUrl,
    String group,
    String predictionsTopic,
    String controlTopic,
    String statusTopic,
    String shadowTopic,
    OnlineSettings online,
    URI offline,
    Path models,
    String model,
    Path checkpoints,
    Duration checkpointInterval,
    String restore,
    Optional<Path> history,
    Duration alignment,
    Duration futureGuard,
    long hotStateBytes,
    int parallelism,
    boolean local,
    int metricsPort,
    int restPort) {
  /**
   * Reads {@code --key value} arguments; the keys are those of {@link FeatureJobOptions}.
   *
   * @throws IllegalArgumentException naming every argument that is missing, unknown or cannot be
   *     read
   */
  public static FeatureJobConfig of(String... arguments) {
    Arguments given = Arguments.read(FeatureJobOptions.ALL, OnlineSettings::mistakes, arguments);
    String service = given.text(FeatureJobOptions.SERVICE);
    return new FeatureJobConfig(
        Path.of(given.text(FeatureJobOptions.DEFINITIONS)),
        given.variables(),
        service,
        given.names(FeatureJobOptions.VIEWS),
        given.text(FeatureJobOptions.BOOTSTRAP_SERVERS),
        given.text(FeatureJobOptions.REGISTRY_URL),
        given.textOr(FeatureJobOptions.GROUP, "millrace-" + service),
        given.textOr(FeatureJobOptions.PREDICTIONS_TOPIC, "predictions-" + service),
        given.text(FeatureJobOptions.CONTROL_TOPIC),
        given.text(FeatureJobOptions.STATUS_TOPIC),
        given.textOr(FeatureJobOptions.SHADOW_TOPIC, "shadow-" + service),
        OnlineSettings.of(given.all()),
        given.place(FeatureJobOptions.OFFLINE_PATH),
        given.folder(FeatureJobOptions.MODELS_PATH),
        given.textOr(FeatureJobOptions.MODEL, ""),
        given.folder(FeatureJobOptions.CHECKPOINTS_PATH),
        given.duration(FeatureJobOptions.CHECKPOINTS_INTERVAL),
        given.textOr(FeatureJobOptions.CHECKPOINTS_RESTORE, ""),
        given.folderIfGiven(FeatureJobOptions.START_HISTORY),
        given.duration(FeatureJobOptions.SOURCE_ALIGNMENT),
        given.duration(FeatureJobOptions.SOURCE_FUTURE_GUARD),
        given.bytes(FeatureJobOptions.STATE_HOT_BYTES),
        given.number(FeatureJobOptions.PARALLELISM),
        given.truth(FeatureJobOptions.LOCAL),
        given.number(FeatureJobOptions.METRICS_PORT),
        given.number(FeatureJobOptions.REST_PORT));
  }

  public FeatureJobConfig {
    views = List.copyOf(views);
    if (!views.isEmpty() && !model.isEmpty()) {
      throw new IllegalArgumentException(
          "--model "
              + model
              + " scores requests, but with --views "
              + String.join(",", views)
              + " none is answered; leave one of them out");
    }
    if (history.isPresent() && views.isEmpty()) {
      throw new IllegalArgumentException(
          "--start.history "
              + history.get()
              + " needs --views: a job that records events would record the late events and dead"
              + " letters after the last recorded event of each partition twice; name the views to"
              + " compute, as \"millrace backfill\" does, or leave --start.history out");
    }
  }

  /** How it reads and writes Kafka. */
  public KafkaSettings kafka() {
    return new KafkaSettings(bootstrapServers, registryUrl, group, alignment, futureGuard);
  }

  /** Where and how it runs. */
  ClusterSettings cluster() {
    return new ClusterSettings(
        checkpoints, checkpointInterval, restore, parallelism, local, metricsPort, restPort);
  }
}
