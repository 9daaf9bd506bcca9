package io.millrace.jobs;

import java.util.List;

/**
 * Every option of the feature job: key, type, default and one sentence. {@code
 * docs/configuration.md} is made from this list.
 */
final class FeatureJobOptions {
  /**
   * One option.
   *
   * @param type as people say it
   * @param otherwise the default; empty if the option has to be given, {@code -} if it stays unset
   */
  record Option(String key, String type, String otherwise, String sentence) {
    boolean required() {
      return otherwise.isEmpty();
    }
  }

  static final Option DEFINITIONS =
      new Option("definitions", "folder", "", "The definition files.");
  static final Option SERVICE =
      new Option("service", "name", "", "The feature service whose requests are answered.");
  static final Option BOOTSTRAP_SERVERS =
      new Option("kafka.bootstrap-servers", "host:port, ...", "", "The Kafka brokers.");
  static final Option GROUP =
      new Option(
          "kafka.group",
          "name",
          "millrace-SERVICE",
          "The consumer group, and the prefix of the ids of transactions.");
  static final Option REGISTRY_URL =
      new Option(
          "registry.url", "URL", "", "The schema registry's base URL of the Confluent REST API.");
  static final Option PREDICTIONS_TOPIC =
      new Option("predictions.topic", "name", "predictions-SERVICE", "Where predictions go.");
  static final Option ONLINE_PATH =
      new Option("online.path", "folder", "", "The embedded online store.");
  static final Option OFFLINE_PATH =
      new Option("offline.path", "folder", "", "The root of the offline store.");
  static final Option MODELS_PATH =
      new Option("models.path", "folder", "", "The root of the models.");
  static final Option MODEL =
      new Option("model", "name", "-", "The model that scores; without one nothing is scored.");
  static final Option CHECKPOINTS_PATH =
      new Option("checkpoints.path", "folder", "", "Where checkpoints and savepoints lie.");
  static final Option CHECKPOINTS_INTERVAL =
      new Option(
          "checkpoints.interval",
          "ISO-8601 duration",
          "PT5S",
          "How often a checkpoint is made; Parquet files and committed predictions appear with it.");
  static final Option SOURCE_ALIGNMENT =
      new Option(
          "source.alignment",
          "ISO-8601 duration",
          "PT24H",
          "How far, in event time, one partition may run ahead of another.");
  static final Option SOURCE_FUTURE_GUARD =
      new Option(
          "source.future-guard",
          "ISO-8601 duration",
          "PT10M",
          "How far ahead of the clock an event time may lie before the event is a dead letter.");
  static final Option PARALLELISM =
      new Option("parallelism", "number", "2", "Subtasks of every operator.");
  static final Option LOCAL =
      new Option(
          "local",
          "true or false",
          "false",
          "Whether to run a cluster of one's own inside this process.");
  static final Option METRICS_PORT =
      new Option(
          "metrics.port",
          "port",
          "0",
          "Where a cluster of one's own serves Prometheus metrics; 0 for nowhere.");
  static final Option REST_PORT =
      new Option(
          "rest.port",
          "port",
          "0",
          "Where a cluster of one's own serves Flink's REST API and pages; 0 for any free one.");

  static final List<Option> ALL =
      List.of(
          DEFINITIONS,
          SERVICE,
          BOOTSTRAP_SERVERS,
          GROUP,
          REGISTRY_URL,
          PREDICTIONS_TOPIC,
          ONLINE_PATH,
          OFFLINE_PATH,
          MODELS_PATH,
          MODEL,
          CHECKPOINTS_PATH,
          CHECKPOINTS_INTERVAL,
          SOURCE_ALIGNMENT,
          SOURCE_FUTURE_GUARD,
          PARALLELISM,
          LOCAL,
          METRICS_PORT,
          REST_PORT);

  private FeatureJobOptions() {}

  /** The page {@code docs/configuration.md}. */
  static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            Generated from `FeatureJobOptions`; a test fails when it is stale.

            ## Feature job

            Given as `--key value`. `--set.NAME VALUE` gives the variable `${NAME}` of the definition files a value.

            | key | type | default | meaning |
            |---|---|---|---|
            """);
    for (Option option : ALL) {
      page.append("| `")
          .append(option.key())
          .append("` | ")
          .append(option.type())
          .append(" | ")
          .append(option.required() ? "(required)" : "`" + option.otherwise() + "`")
          .append(" | ")
          .append(option.sentence())
          .append(" |\n");
    }
    return page.toString();
  }
}
