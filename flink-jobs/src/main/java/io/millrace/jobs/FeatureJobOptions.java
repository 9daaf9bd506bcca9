package io.millrace.jobs;

import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.online.settings.OnlineOption;
import io.millrace.online.settings.OnlineOptions;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every option of the feature job: key, type, default and one sentence. {@code
 * docs/configuration.md} is made from this list.
 */
final class FeatureJobOptions {
  static final JobOption DEFINITIONS =
      new JobOption("definitions", "folder", "", "The definition files.");
  static final JobOption SERVICE =
      new JobOption("service", "name", "", "The feature service whose requests are answered.");
  static final JobOption VIEWS =
      new JobOption(
          "views",
          "name, ...",
          "-",
          "Only these views, and what they build on, are computed, and their rows alone are written:"
              + " no request is answered, no event recorded again.");
  static final JobOption BOOTSTRAP_SERVERS =
      new JobOption("kafka.bootstrap-servers", "host:port, ...", "", "The Kafka brokers.");
  static final JobOption GROUP =
      new JobOption(
          "kafka.group",
          "name",
          "millrace-SERVICE",
          "The consumer group, and the prefix of the ids of transactions.");
  static final JobOption REGISTRY_URL =
      new JobOption(
          "registry.url", "URL", "", "The schema registry's base URL of the Confluent REST API.");
  static final JobOption PREDICTIONS_TOPIC =
      new JobOption("predictions.topic", "name", "predictions-SERVICE", "Where predictions go.");
  static final JobOption CONTROL_TOPIC =
      new JobOption(
          "control.topic",
          "name",
          "model-control",
          "Which model version plays which role: compacted, one partition.");
  static final JobOption STATUS_TOPIC =
      new JobOption(
          "status.topic",
          "name",
          "model-status",
          "Where the scoring subtasks acknowledge control records.");
  static final JobOption SHADOW_TOPIC =
      new JobOption(
          "shadow.topic",
          "name",
          "shadow-SERVICE",
          "Where a candidate's scores go, beside the champion's.");
  static final JobOption OFFLINE_PATH =
      new JobOption(
          "offline.path",
          "folder or URI",
          "",
          "The root of the offline store; a URI, such as s3://bucket/store, needs Flink's plugin"
              + " for it.");
  static final JobOption MODELS_PATH =
      new JobOption("models.path", "folder", "", "The root of the models.");
  static final JobOption MODEL =
      new JobOption("model", "name", "-", "The model that scores; without one nothing is scored.");
  static final JobOption CHECKPOINTS_PATH =
      new JobOption("checkpoints.path", "folder", "", "Where checkpoints and savepoints lie.");
  static final JobOption CHECKPOINTS_INTERVAL =
      new JobOption(
          "checkpoints.interval",
          "ISO-8601 duration",
          "PT5S",
          "How often a checkpoint is made; Parquet files and committed predictions appear with"
              + " it.");
  static final JobOption CHECKPOINTS_RESTORE =
      new JobOption(
          "checkpoints.restore",
          "folder",
          "-",
          "The checkpoint or savepoint to go on from; flink run -s does the same on a cluster.");
  static final JobOption START_HISTORY =
      new JobOption(
          "start.history",
          "folder",
          "-",
          "The root of an offline store whose recorded events are read first, of its newest"
              + " snapshots; then the topics from exactly the offsets at which these end. A job that"
              + " is restored needs it still, and goes on with the snapshots that it began with. Only"
              + " with `views`.");
  static final JobOption SOURCE_ALIGNMENT =
      new JobOption(
          "source.alignment",
          "ISO-8601 duration",
          "PT24H",
          "How far, in event time, one partition may run ahead of another.");
  static final JobOption SOURCE_FUTURE_GUARD =
      new JobOption(
          "source.future-guard",
          "ISO-8601 duration",
          "PT10M",
          "How far ahead of the clock an event time may lie before the event is a dead letter.");
  static final JobOption STATE_HOT_BYTES =
      new JobOption(
          "state.hot-bytes",
          "bytes",
          Long.toString(FeatureOperator.HOT_STATE_BYTES),
          "How much state of busy keys a subtask of each level of views keeps on the heap, before"
              + " the state backend; 0 for none.");
  static final JobOption PARALLELISM =
      new JobOption("parallelism", "number", "2", "Subtasks of every operator.");
  static final JobOption LOCAL =
      new JobOption(
          "local",
          "true or false",
          "false",
          "Whether to run a cluster of one's own inside this process.");
  static final JobOption METRICS_PORT =
      new JobOption(
          "metrics.port",
          "port",
          "0",
          "Where a cluster of one's own serves Prometheus metrics; 0 for nowhere.");
  static final JobOption REST_PORT =
      new JobOption(
          "rest.port",
          "port",
          "0",
          "Where a cluster of one's own serves Flink's REST API and pages; 0 for any free one.");

  static final List<JobOption> ALL =
      Stream.of(
              Stream.of(
                  DEFINITIONS,
                  SERVICE,
                  VIEWS,
                  BOOTSTRAP_SERVERS,
                  GROUP,
                  REGISTRY_URL,
                  PREDICTIONS_TOPIC,
                  CONTROL_TOPIC,
                  STATUS_TOPIC,
                  SHADOW_TOPIC),
              OnlineOptions.ALL.stream().map(FeatureJobOptions::of),
              Stream.of(
                  OFFLINE_PATH,
                  MODELS_PATH,
                  MODEL,
                  CHECKPOINTS_PATH,
                  CHECKPOINTS_INTERVAL,
                  CHECKPOINTS_RESTORE,
                  START_HISTORY,
                  SOURCE_ALIGNMENT,
                  SOURCE_FUTURE_GUARD,
                  STATE_HOT_BYTES,
                  PARALLELISM,
                  LOCAL,
                  METRICS_PORT,
                  REST_PORT))
          .flatMap(options -> options)
          .toList();

  private FeatureJobOptions() {}

  private static JobOption of(OnlineOption option) {
    return new JobOption(option.key(), option.type(), option.otherwise(), option.sentence());
  }
}
