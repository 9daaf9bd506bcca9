package io.millrace.jobs;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.jobs.training.TrainingSets;
import io.millrace.offline.OfflineException;
import io.millrace.offline.training.SpineCounts;
import java.io.File;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;

/**
 * The job that gives each row of a spine the features of a service as of its time: {@code millrace
 * training-set} on a cluster. Ends when the set is there.
 *
 * <pre>
 * flink run -c io.millrace.jobs.TrainingSetJob flink-jobs.jar --definitions DIR --service delay_v1 \
 *   --spine rows.parquet --time asked_at --out training-sets/mine --parallelism 8
 * </pre>
 *
 * <p>Spine, out, histories and store are on a file system that all machines see at the same paths.
 * The spine is sorted here; this process must stay until the end, since it makes the set appear.
 */
public final class TrainingSetJob {
  private static final List<String> NOT_SENT =
      List.of(
          "flink-",
          "log4j-",
          "slf4j-",
          "duckdb",
          "rocksdb",
          "frocksdb",
          "onnxruntime",
          "xgboost",
          "kafka");

  private TrainingSetJob() {}

  public static void main(String[] arguments) throws Exception {
    TrainingSetJobConfig config;
    DefinitionSet definitions;
    try {
      config = TrainingSetJobConfig.of(arguments);
      definitions = DefinitionSet.read(config.definitions(), config.variables());
      definitions.definitions().service(config.service());
    } catch (IllegalArgumentException | DefinitionException e) {
      System.err.println("millrace: " + e.getMessage());
      System.exit(2);
      return;
    }
    try (StreamExecutionEnvironment env = environment(config, jars())) {
      SpineCounts counts = run(env, config, definitions);
      System.out.printf(
          Locale.ROOT,
          "%s: %,d rows of %d features, from %,d events%s%n",
          config.out(),
          counts.rows(),
          definitions.definitions().service(config.service()).features().size(),
          counts.events(),
          counts.refused() == 0
              ? ""
              : String.format(Locale.ROOT, ", %,d of them refused", counts.refused()));
    } catch (Exception e) {
      if (ExceptionUtils.findThrowable(e, ConnectException.class).isPresent()) {
        System.err.println(
            "millrace: the cluster at "
                + config.cluster()
                + " cannot be reached; start it, or mend --cluster, which is the address of its"
                + " REST API");
      } else if (e instanceof OfflineException) {
        System.err.println("millrace: " + e.getMessage());
      } else {
        throw e;
      }
      System.exit(1);
    }
  }

  /** Makes the set. */
  static SpineCounts run(
      StreamExecutionEnvironment env, TrainingSetJobConfig config, DefinitionSet definitions)
      throws Exception {
    return new TrainingSets(definitions, config.service(), config.spine(), config.spineOptions())
        .make(env, config.out(), config.store(), config.snapshots(), config.asKnown());
  }

  /**
   * Bounded input is read as such: sorted and spilled, with no checkpoints.
   *
   * @param jars what a cluster of another process has to be sent
   */
  static StreamExecutionEnvironment environment(TrainingSetJobConfig config, String... jars) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
    // The set appears by this process: without it the job would work for nobody.
    flink.set(DeploymentOptions.SHUTDOWN_IF_ATTACHED, true);
    StreamExecutionEnvironment env;
    if (!config.cluster().isEmpty()) {
      int colon = config.cluster().lastIndexOf(':');
      env =
          StreamExecutionEnvironment.createRemoteEnvironment(
              config.cluster().substring(0, colon),
              Integer.parseInt(config.cluster().substring(colon + 1)),
              flink,
              jars);
    } else if (config.local()) {
      flink.set(TaskManagerOptions.NUM_TASK_SLOTS, config.parallelism());
      env = StreamExecutionEnvironment.createLocalEnvironment(config.parallelism(), flink);
    } else {
      env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    }
    env.setParallelism(config.parallelism());
    env.setRuntimeMode(RuntimeExecutionMode.BATCH);
    return env;
  }

  /**
   * What this process runs on, without what every cluster has and what no task of this job needs.
   */
  private static String[] jars() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar"))
        .filter(entry -> isSent(String.valueOf(Path.of(entry).getFileName())))
        .toArray(String[]::new);
  }

  private static boolean isSent(String jar) {
    return jar.startsWith("flink-jobs") || NOT_SENT.stream().noneMatch(jar::startsWith);
  }
}
