package io.millrace.jobs;

import java.util.List;

/** Every option of the training set job; they mean what those of {@code training-set} do. */
final class TrainingSetJobOptions {
  static final JobOption DEFINITIONS = FeatureJobOptions.DEFINITIONS;
  static final JobOption SERVICE =
      new JobOption("service", "name", "", "The feature service whose vectors are made.");
  static final JobOption SPINE =
      new JobOption(
          "spine",
          "file",
          "",
          "The rows: .parquet, .csv, .csv.gz or .csv.zst, with keys and a time.");
  static final JobOption TIME =
      new JobOption(
          "time", "column", "-", "The column of the rows' times; else the request's time column.");
  static final JobOption OUT =
      new JobOption("out", "folder", "", "Where the set appears; must not exist yet.");
  static final JobOption STORE =
      new JobOption(
          "store", "folder", "-", "The offline store whose events are read; else the histories.");
  static final JobOption SNAPSHOT =
      new JobOption(
          "snapshot",
          "SOURCE=ID, ...",
          "-",
          "The snapshots of the sources' tables that are read; of others the newest.");
  static final JobOption AS_KNOWN =
      new JobOption(
          "as-known",
          "true or false",
          "false",
          "Whether a row sees only what the offline store knew before its time.");
  static final JobOption MEMORY =
      new JobOption(
          "memory", "MB", "512", "What sorting the spine may use before it goes to disk, here.");
  static final JobOption CLUSTER =
      new JobOption(
          "cluster",
          "host:port",
          "-",
          "The REST address of the cluster that runs the job; else what flink run says.");
  static final JobOption PARALLELISM = FeatureJobOptions.PARALLELISM;
  static final JobOption LOCAL = FeatureJobOptions.LOCAL;

  static final List<JobOption> ALL =
      List.of(
          DEFINITIONS,
          SERVICE,
          SPINE,
          TIME,
          OUT,
          STORE,
          SNAPSHOT,
          AS_KNOWN,
          MEMORY,
          CLUSTER,
          PARALLELISM,
          LOCAL);

  private TrainingSetJobOptions() {}
}
