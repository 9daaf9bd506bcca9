package io.millrace.jobs;

import java.util.List;

/** Every option of the monitor job; what it shares with the feature job means the same. */
final class MonitorJobOptions {
  static final JobOption DEFINITIONS = FeatureJobOptions.DEFINITIONS;
  static final JobOption SERVICE =
      new JobOption("service", "name", "", "The feature service whose predictions are watched.");
  static final JobOption BOOTSTRAP_SERVERS = FeatureJobOptions.BOOTSTRAP_SERVERS;
  static final JobOption GROUP =
      new JobOption(
          "kafka.group",
          "name",
          "millrace-monitor-SERVICE",
          "The consumer group, and the prefix of the ids of transactions.");
  static final JobOption REGISTRY_URL = FeatureJobOptions.REGISTRY_URL;
  static final JobOption PREDICTIONS_TOPIC =
      new JobOption(
          "predictions.topic", "name", "predictions-SERVICE", "Where predictions come from.");
  static final JobOption PREDICTIONS_DISORDER =
      new JobOption(
          "predictions.disorder",
          "ISO-8601 duration",
          "P1D",
          "How far, in event time, a prediction may lie behind the newest of its partition.");
  static final JobOption OUTCOMES_TOPIC =
      new JobOption("outcomes.topic", "name", "outcomes-SERVICE", "Where outcomes go.");
  static final JobOption DRIFT_TOPIC =
      new JobOption("drift.topic", "name", "drift", "Where drift reports go.");
  static final JobOption REQUESTS_TOPIC =
      new JobOption(
          "retrain.requests-topic", "name", "retrain-requests", "Where requests to retrain go.");
  static final JobOption RETRAIN_STATUS_TOPIC =
      new JobOption(
          "retrain.status-topic",
          "name",
          "retrain-status",
          "Where the retrainer tells how far it has come.");
  static final JobOption CONTROL_TOPIC = FeatureJobOptions.CONTROL_TOPIC;
  static final JobOption OFFLINE_PATH = FeatureJobOptions.OFFLINE_PATH;
  static final JobOption MODELS_PATH = FeatureJobOptions.MODELS_PATH;
  static final JobOption PANE =
      new JobOption(
          "pane",
          "ISO-8601 duration",
          "P7D",
          "The length of a pane of event time: a whole number of the data's rhythms.");
  static final JobOption COMPLETENESS =
      new JobOption(
          "labels.completeness",
          "percent",
          "95",
          "How many of a pane's predictions must have an answer before its performance is reported.");
  static final JobOption IDLENESS =
      new JobOption(
          "source.idleness",
          "ISO-8601 duration",
          "PT1M",
          "After how long a partition that had no record since the start no longer holds back the rest.");
  static final JobOption SOURCE_ALIGNMENT = FeatureJobOptions.SOURCE_ALIGNMENT;
  static final JobOption SOURCE_FUTURE_GUARD = FeatureJobOptions.SOURCE_FUTURE_GUARD;
  static final JobOption ENTER_PANES =
      new JobOption(
          "policy.enter-panes",
          "number",
          "2",
          "So many suspicious panes of the last ones lead to a retraining.");
  static final JobOption OF_PANES =
      new JobOption("policy.of-panes", "number", "3", "How many panes are looked back at.");
  static final JobOption LEAVE_PANES =
      new JobOption(
          "policy.leave-panes",
          "number",
          "0",
          "With no more suspicious panes than these a suspected model is healthy again.");
  static final JobOption COOL_DOWN =
      new JobOption(
          "policy.cool-down",
          "ISO-8601 duration",
          "P14D",
          "Event time after a retraining in which none is asked for; doubles with each failure in a row.");
  static final JobOption MAX_BACK_OFF =
      new JobOption("policy.max-back-off", "ISO-8601 duration", "P112D", "The longest such wait.");
  static final JobOption BUDGET =
      new JobOption("policy.budget", "number", "4", "How many retrainings a budget period allows.");
  static final JobOption BUDGET_PERIOD =
      new JobOption(
          "policy.budget-period",
          "ISO-8601 duration",
          "P56D",
          "Event time in which a used up budget is whole again.");
  static final JobOption ACCEPT_INCIDENTS_AFTER =
      new JobOption(
          "policy.accept-incidents-after",
          "number",
          "0",
          "After so many panes in a row with a fault of the data it is the source's new normal, and a degradation counts beside it; 0: never.");
  static final JobOption RENEW_AFTER =
      new JobOption(
          "policy.renew-after",
          "number",
          "12",
          "A version that learnt from too few panes to say how much panes differ is trained again once it has answered so many whose labels are complete; 0: never.");
  static final JobOption CHECKPOINTS_PATH = FeatureJobOptions.CHECKPOINTS_PATH;
  static final JobOption CHECKPOINTS_INTERVAL =
      new JobOption(
          "checkpoints.interval",
          "ISO-8601 duration",
          "PT5S",
          "How often a checkpoint is made; Parquet files and requests to retrain appear with it.");

  static final List<JobOption> ALL =
      List.of(
          DEFINITIONS,
          SERVICE,
          BOOTSTRAP_SERVERS,
          GROUP,
          REGISTRY_URL,
          PREDICTIONS_TOPIC,
          PREDICTIONS_DISORDER,
          OUTCOMES_TOPIC,
          DRIFT_TOPIC,
          REQUESTS_TOPIC,
          RETRAIN_STATUS_TOPIC,
          CONTROL_TOPIC,
          OFFLINE_PATH,
          MODELS_PATH,
          PANE,
          COMPLETENESS,
          SOURCE_ALIGNMENT,
          SOURCE_FUTURE_GUARD,
          IDLENESS,
          ENTER_PANES,
          OF_PANES,
          LEAVE_PANES,
          COOL_DOWN,
          MAX_BACK_OFF,
          BUDGET,
          BUDGET_PERIOD,
          ACCEPT_INCIDENTS_AFTER,
          RENEW_AFTER,
          CHECKPOINTS_PATH,
          CHECKPOINTS_INTERVAL,
          FeatureJobOptions.CHECKPOINTS_RESTORE,
          FeatureJobOptions.PARALLELISM,
          FeatureJobOptions.LOCAL,
          FeatureJobOptions.METRICS_PORT,
          FeatureJobOptions.REST_PORT);

  private MonitorJobOptions() {}
}
