package io.millrace.jobs;

import io.millrace.jobs.erasure.ShortManifest;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Where and how a job runs.
 *
 * @param checkpoints folder of the checkpoints
 * @param checkpointInterval how often
 * @param restore the checkpoint to go on from; empty to begin anew
 * @param parallelism of the whole job
 * @param local whether to run a cluster of one's own inside this process
 * @param metricsPort where a cluster of one's own serves Prometheus metrics; 0 for nowhere
 * @param restPort where a cluster of one's own serves Flink's REST API; 0 for any
 */
record ClusterSettings(
    Path checkpoints,
    Duration checkpointInterval,
    String restore,
    int parallelism,
    boolean local,
    int metricsPort,
    int restPort) {
  // An event counts when a watermark has passed it, and goes on when its buffer does: what a value
  // is late by, with nothing else to do, is half of the first and up to the second for each
  // exchange.
  private static final Duration WATERMARKS_EVERY = Duration.ofMillis(10);
  private static final Duration LONGEST_IN_A_BUFFER = Duration.ofMillis(5);

  /** The settings that the jobs' semantics need, and a cluster of its own where asked for. */
  StreamExecutionEnvironment environment() {
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    flink.set(RocksDBOptions.OPTIONS_FACTORY, ShortManifest.class.getName());
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    flink.set(
        CheckpointingOptions.SAVEPOINT_DIRECTORY,
        checkpoints.resolve("savepoints").toUri().toString());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
    flink.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    if (!restore.isEmpty()) {
      flink.set(StateRecoveryOptions.SAVEPOINT_PATH, restore);
    }
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, WATERMARKS_EVERY);
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, LONGEST_IN_A_BUFFER);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    if (!local) {
      return StreamExecutionEnvironment.getExecutionEnvironment(flink).setParallelism(parallelism);
    }
    loadPlugins();
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.PORT, restPort);
    flink.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    if (metricsPort > 0) {
      flink.setString("metrics.reporters", "prometheus");
      flink.setString(
          "metrics.reporter.prometheus.factory.class",
          "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
      flink.setString("metrics.reporter.prometheus.port", Integer.toString(metricsPort));
    }
    return StreamExecutionEnvironment.createLocalEnvironmentWithWebUI(flink)
        .setParallelism(parallelism);
  }

  /** Loads Flink's plugins, as a cluster does when it starts; where there is none, nobody else. */
  void loadPlugins() {
    if (local) {
      FlinkPlugins.load(GlobalConfiguration.loadConfiguration());
    }
  }
}
