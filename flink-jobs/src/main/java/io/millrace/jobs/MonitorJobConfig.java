package io.millrace.jobs;

import io.millrace.inference.policy.PolicyOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What a monitor job is told.
 *
 * @param definitions the folder of definition files
 * @param variables what {@code ${name}} in them stands for
 * @param service whose predictions are watched
 * @param kafka how it reads and writes Kafka
 * @param predictionsTopic where predictions come from
 * @param predictionsDisorder how far one may lie behind the newest of its partition
 * @param outcomesTopic where outcomes go
 * @param driftTopic where reports go
 * @param requestsTopic where requests to retrain go
 * @param retrainStatusTopic where the retrainer's word comes from
 * @param controlTopic where the roles of model versions come from
 * @param offline root of the offline store
 * @param models root folder of the models
 * @param pane the length of a pane of event time
 * @param completeness the share of predictions that must have an answer, in (0, 1]
 * @param idleness after how long a partition without records no longer holds back the rest
 * @param policy when to retrain
 * @param cluster where and how it runs
 */
record MonitorJobConfig(
    Path definitions,
    Map<String, String> variables,
    String service,
    KafkaSettings kafka,
    String predictionsTopic,
    Duration predictionsDisorder,
    String outcomesTopic,
    String driftTopic,
    String requestsTopic,
    String retrainStatusTopic,
    String controlTopic,
    URI offline,
    Path models,
    Duration pane,
    double completeness,
    Duration idleness,
    PolicyOptions policy,
    ClusterSettings cluster) {
  MonitorJobConfig {
    if (pane.toMillis() < 1) {
      throw new IllegalArgumentException("--pane is " + pane + "; give a time above 0");
    }
    if (!(completeness > 0 && completeness <= 1)) {
      throw new IllegalArgumentException(
          "--labels.completeness is %.0f percent; give 1 to 100".formatted(completeness * 100));
    }
  }

  /**
   * Reads {@code --key value} arguments; the keys are those of {@link MonitorJobOptions}.
   *
   * @throws IllegalArgumentException naming every argument that is missing, unknown or cannot be
   *     read
   */
  static MonitorJobConfig of(String... arguments) {
    Arguments given = Arguments.read(MonitorJobOptions.ALL, arguments);
    String service = given.text(MonitorJobOptions.SERVICE);
    return new MonitorJobConfig(
        Path.of(given.text(MonitorJobOptions.DEFINITIONS)),
        given.variables(),
        service,
        new KafkaSettings(
            given.text(MonitorJobOptions.BOOTSTRAP_SERVERS),
            given.text(MonitorJobOptions.REGISTRY_URL),
            given.textOr(MonitorJobOptions.GROUP, "millrace-monitor-" + service),
            given.duration(MonitorJobOptions.SOURCE_ALIGNMENT),
            given.duration(MonitorJobOptions.SOURCE_FUTURE_GUARD)),
        given.textOr(MonitorJobOptions.PREDICTIONS_TOPIC, "predictions-" + service),
        given.duration(MonitorJobOptions.PREDICTIONS_DISORDER),
        given.textOr(MonitorJobOptions.OUTCOMES_TOPIC, "outcomes-" + service),
        given.text(MonitorJobOptions.DRIFT_TOPIC),
        given.text(MonitorJobOptions.REQUESTS_TOPIC),
        given.text(MonitorJobOptions.RETRAIN_STATUS_TOPIC),
        given.text(MonitorJobOptions.CONTROL_TOPIC),
        given.place(MonitorJobOptions.OFFLINE_PATH),
        given.folder(MonitorJobOptions.MODELS_PATH),
        given.duration(MonitorJobOptions.PANE),
        given.number(MonitorJobOptions.COMPLETENESS) / 100.0,
        given.duration(MonitorJobOptions.IDLENESS),
        new PolicyOptions(
            given.number(MonitorJobOptions.ENTER_PANES),
            given.number(MonitorJobOptions.OF_PANES),
            given.number(MonitorJobOptions.LEAVE_PANES),
            given.duration(MonitorJobOptions.COOL_DOWN),
            given.duration(MonitorJobOptions.MAX_BACK_OFF),
            given.number(MonitorJobOptions.BUDGET),
            given.duration(MonitorJobOptions.BUDGET_PERIOD),
            given.number(MonitorJobOptions.ACCEPT_INCIDENTS_AFTER),
            given.number(MonitorJobOptions.RENEW_AFTER)),
        new ClusterSettings(
            given.folder(MonitorJobOptions.CHECKPOINTS_PATH),
            given.duration(MonitorJobOptions.CHECKPOINTS_INTERVAL),
            given.textOr(FeatureJobOptions.CHECKPOINTS_RESTORE, ""),
            given.number(FeatureJobOptions.PARALLELISM),
            given.truth(FeatureJobOptions.LOCAL),
            given.number(FeatureJobOptions.METRICS_PORT),
            given.number(FeatureJobOptions.REST_PORT)));
  }
}
