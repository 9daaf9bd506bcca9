package io.millrace.jobs;

import io.millrace.feature.Prediction;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.flink.InferenceTypes;
import io.millrace.inference.flink.Scoring;
import io.millrace.inference.flink.ScoringOptions;
import io.millrace.inference.model.RepositoryModelSource;
import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.feature.RowUpdateSerializer;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.intake.EventsFromKafka;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.sink.OfflineSinks;
import io.millrace.jobs.sink.OnlineSink;
import io.millrace.jobs.sink.PredictionTopic;
import io.millrace.jobs.vector.VectorAssembler;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job that computes features and scores requests: hops 1 to 8 of the walk.
 *
 * <pre>
 * flink run -c io.millrace.jobs.FeatureJob flink-jobs.jar --definitions DIR --service delay_v1 \
 *   --kafka.bootstrap-servers HOST:PORT --registry.url URL --online.path DIR --offline.path DIR \
 *   --models.path DIR --model delay --checkpoints.path DIR
 * </pre>
 */
public final class FeatureJob {
  private FeatureJob() {}

  public static void main(String[] arguments) throws Exception {
    FeatureJobConfig config;
    DefinitionSet definitions;
    try {
      config = FeatureJobConfig.of(arguments);
      definitions = DefinitionSet.read(config.definitions(), config.variables());
      definitions.definitions().service(config.service());
    } catch (IllegalArgumentException | DefinitionException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    StreamExecutionEnvironment env = environment(config);
    define(env, config, definitions);
    env.execute("millrace features " + config.service());
  }

  /** The settings that the job's semantics need, and a cluster of its own where asked for. */
  static StreamExecutionEnvironment environment(FeatureJobConfig config) {
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, config.checkpoints().toUri().toString());
    flink.set(
        CheckpointingOptions.SAVEPOINT_DIRECTORY,
        config.checkpoints().resolve("savepoints").toUri().toString());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, config.checkpointInterval());
    flink.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ofMillis(50));
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(10));
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    if (!config.local()) {
      return StreamExecutionEnvironment.getExecutionEnvironment(flink)
          .setParallelism(config.parallelism());
    }
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.ADDRESS, "127.0.0.1");
    flink.set(RestOptions.PORT, config.restPort());
    flink.set(TaskManagerOptions.NUM_TASK_SLOTS, config.parallelism());
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    if (config.metricsPort() > 0) {
      flink.setString("metrics.reporters", "prometheus");
      flink.setString(
          "metrics.reporter.prometheus.factory.class",
          "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
      flink.setString("metrics.reporter.prometheus.port", Integer.toString(config.metricsPort()));
    }
    return StreamExecutionEnvironment.createLocalEnvironmentWithWebUI(flink)
        .setParallelism(config.parallelism());
  }

  /** The walk, hop by hop. */
  static void define(
      StreamExecutionEnvironment env, FeatureJobConfig config, DefinitionSet definitions)
      throws IOException {
    DataStream<SourceRecord> records = EventsFromKafka.read(env, config, definitions);

    SingleOutputStreamOperator<ViewMessage> messages =
        records.process(new Intake(definitions, config.service())).name("intake").uid("intake");

    SingleOutputStreamOperator<RowUpdate> rows =
        messages
            .keyBy(ViewMessage::stateKey, Types.STRING)
            .transform("features", RowUpdateSerializer.TYPE, new FeatureOperator(definitions))
            .uid("features");

    DataStream<VectorPart> parts =
        messages
            .getSideOutput(Intake.requests())
            .union(rows.getSideOutput(FeatureOperator.ANSWERS));
    SingleOutputStreamOperator<ScoreRequest> vectors =
        parts
            .keyBy(VectorPart::requestId, Types.STRING)
            .transform(
                "vectors",
                InferenceTypes.SCORE_REQUEST,
                new VectorAssembler(definitions, config.service()))
            .uid("vectors");

    // One writer: the embedded store belongs to one process.
    String onlinePath = config.online().toString();
    rows.sinkTo(
            new OnlineSink(
                definitions,
                set ->
                    RocksDbOnlineStore.open(
                        Path.of(onlinePath), OnlineSink.viewsOf(set.definitions()))))
        .setParallelism(1)
        .name("online")
        .uid("online");
    OfflineSinks offline = new OfflineSinks(config, definitions);
    offline.events(messages.getSideOutput(Intake.EVENTS));
    offline.late(messages.getSideOutput(Intake.LATE));
    offline.deadLetters(messages.getSideOutput(Intake.DEAD_LETTERS));
    offline.rows(rows);

    if (!config.model().isEmpty()) {
      SingleOutputStreamOperator<Prediction> predictions =
          Scoring.score(
                  vectors,
                  RepositoryModelSource.champion(config.models(), config.model()),
                  ScoringOptions.defaults())
              .uid("score");
      PredictionTopic.write(predictions, config, definitions);
      offline.predictions(predictions);
    }
  }
}
