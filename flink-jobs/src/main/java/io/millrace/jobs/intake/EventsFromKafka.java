package io.millrace.jobs.intake;

import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.FeatureJobConfig;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * The topics of all event sources as one stream. Each partition has its own watermark, and none
 * runs further ahead of the slowest than the alignment allows, since what runs ahead waits on the
 * heap.
 */
public final class EventsFromKafka {
  private static final String ALIGNMENT_GROUP = "events";
  private static final Duration ALIGNMENT_INTERVAL = Duration.ofMillis(100);

  private EventsFromKafka() {}

  public static DataStream<SourceRecord> read(
      StreamExecutionEnvironment env, FeatureJobConfig config, DefinitionSet definitions) {
    KafkaSource<SourceRecord> source =
        KafkaSource.<SourceRecord>builder()
            .setBootstrapServers(config.bootstrapServers())
            .setTopics(PartitionWatermarks.topicsOf(definitions))
            .setGroupId(config.group())
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
            // Small enough that no partition runs far ahead within one fetch.
            .setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "131072")
            .setDeserializer(
                new RecordReader(definitions, config.registryUrl(), Map.of(), config.futureGuard()))
            .build();
    WatermarkStrategy<SourceRecord> watermarks =
        WatermarkStrategy.forGenerator(PartitionWatermarks.of(definitions))
            .withTimestampAssigner((record, kafkaMs) -> PartitionWatermarks.timestampOf(record))
            .withWatermarkAlignment(ALIGNMENT_GROUP, config.alignment(), ALIGNMENT_INTERVAL);
    return env.fromSource(source, watermarks, "kafka", SourceRecordSerializer.TYPE).uid("kafka");
  }
}
