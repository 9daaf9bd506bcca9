package io.millrace.jobs.intake;

import io.millrace.feature.EventSource;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
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

  /** All sources. A partition without records or heartbeats holds back the others. */
  public static DataStream<SourceRecord> read(
      StreamExecutionEnvironment env, KafkaSettings kafka, DefinitionSet definitions) {
    return read(
        env,
        kafka,
        definitions,
        PartitionWatermarks.topicsOf(definitions),
        PartitionWatermarks.of(definitions));
  }

  /**
   * The topic of one source.
   *
   * @param idleness after how long a partition that had no record since the start no longer holds
   *     back the rest
   */
  public static DataStream<SourceRecord> readOne(
      StreamExecutionEnvironment env,
      KafkaSettings kafka,
      DefinitionSet definitions,
      EventSource source,
      Duration idleness) {
    WatermarkGeneratorSupplier<SourceRecord> watermarks = PartitionWatermarks.of(definitions);
    return read(
        env,
        kafka,
        definitions,
        List.of(source.topic()),
        context ->
            new UnlessUnheard<>(
                watermarks.createWatermarkGenerator(context),
                idleness,
                context.getInputActivityClock()));
  }

  private static DataStream<SourceRecord> read(
      StreamExecutionEnvironment env,
      KafkaSettings kafka,
      DefinitionSet definitions,
      List<String> topics,
      WatermarkGeneratorSupplier<SourceRecord> generator) {
    return stream(
        env, source(kafka, definitions, topics, OffsetsInitializer.earliest()), kafka, generator);
  }

  /** The topics of all sources, from some offsets on. */
  public static KafkaSource<SourceRecord> source(
      KafkaSettings kafka, DefinitionSet definitions, OffsetsInitializer offsets) {
    return source(kafka, definitions, PartitionWatermarks.topicsOf(definitions), offsets);
  }

  /** Records of a source that ends with {@link #source}, with the watermarks of {@link #read}. */
  public static DataStream<SourceRecord> stream(
      StreamExecutionEnvironment env,
      Source<SourceRecord, ?, ?> source,
      KafkaSettings kafka,
      DefinitionSet definitions) {
    return stream(env, source, kafka, PartitionWatermarks.of(definitions));
  }

  private static KafkaSource<SourceRecord> source(
      KafkaSettings kafka,
      DefinitionSet definitions,
      List<String> topics,
      OffsetsInitializer offsets) {
    return KafkaSource.<SourceRecord>builder()
        .setBootstrapServers(kafka.bootstrapServers())
        .setTopics(topics)
        .setGroupId(kafka.group())
        .setStartingOffsets(offsets)
        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        // Small enough that no partition runs far ahead within one fetch.
        .setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "131072")
        .setDeserializer(
            new RecordReader(definitions, kafka.registryUrl(), Map.of(), kafka.futureGuard()))
        .build();
  }

  private static DataStream<SourceRecord> stream(
      StreamExecutionEnvironment env,
      Source<SourceRecord, ?, ?> source,
      KafkaSettings kafka,
      WatermarkGeneratorSupplier<SourceRecord> generator) {
    WatermarkStrategy<SourceRecord> watermarks =
        WatermarkStrategy.forGenerator(generator)
            .withTimestampAssigner((record, kafkaMs) -> PartitionWatermarks.timestampOf(record))
            .withWatermarkAlignment(ALIGNMENT_GROUP, kafka.alignment(), ALIGNMENT_INTERVAL);
    return env.fromSource(source, watermarks, "kafka", SourceRecordSerializer.TYPE).uid("kafka");
  }
}
