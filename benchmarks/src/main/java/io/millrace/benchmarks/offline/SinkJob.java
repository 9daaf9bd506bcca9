package io.millrace.benchmarks.offline;

import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.jobs.intake.StoredEventSerializer;
import io.millrace.jobs.sink.OfflineSinks;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Writes events through the sink that ships, with a checkpoint every two seconds. */
final class SinkJob {
  // The job runs in this process; carrying a million events in its graph would be measured too.
  private static volatile List<StoredEvent> events = List.of();

  private SinkJob() {}

  /** How large the files are. */
  static long run(DefinitionSet definitions, List<StoredEvent> all, Path folder) throws Exception {
    events = all;
    Configuration flink = new Configuration();
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(2));
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, flink);
    DataStream<StoredEvent> stream =
        env.fromSource(
                new DataGeneratorSource<>(SinkJob::event, all.size(), StoredEventSerializer.TYPE),
                WatermarkStrategy.noWatermarks(),
                "arrivals")
            .uid("arrivals");
    Path root = folder.resolve("store");
    new OfflineSinks(root.toUri(), definitions, "delay_v1", "delay").events(stream);
    env.execute("offline sink");
    return OfflineBenchmark.sizeOf(
        new OfflineStore(root)
            .folder(OfflineTables.events(definitions.definitions().source("arrived"))));
  }

  private static StoredEvent event(long number) {
    return events.get((int) number);
  }
}
