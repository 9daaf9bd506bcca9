package io.millrace.jobs.sink;

import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.SchemaRegistry;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Records as Kafka takes them. Their Kafka time is the wall clock and not the event's: the broker
 * keeps records by it, and a replay of old events would be gone at once.
 */
final class TopicRecords<T>
    implements KafkaRecordSerializationSchema<T>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final String registryUrl;
  private final Text<T> key;
  private final Format<T> format;
  private final WrittenAt<T> writtenAt;
  private transient Encoder<T> encoder;

  /** The key of a record. */
  @FunctionalInterface
  interface Text<T> extends Serializable {
    String of(T value);
  }

  /** The wall clock of a record. */
  @FunctionalInterface
  interface WrittenAt<T> extends Serializable {
    long ms(T value);
  }

  /** Writes one value. */
  @FunctionalInterface
  interface Encoder<T> {
    byte[] encode(T value);
  }

  /** Makes the encoder on the task manager. */
  @FunctionalInterface
  interface Format<T> extends Serializable {
    Encoder<T> open(SchemaRegistry registry);
  }

  TopicRecords(
      String topic, String registryUrl, Text<T> key, Format<T> format, WrittenAt<T> writtenAt) {
    this.topic = topic;
    this.registryUrl = registryUrl;
    this.key = key;
    this.format = format;
    this.writtenAt = writtenAt;
  }

  @Override
  public void open(
      SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
    encoder = format.open(new ConfluentSchemaRegistry(registryUrl, Map.of()));
  }

  /** Tells the sink the topic, by which it names its pool of transactions. */
  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic)), new Properties()));
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(T value, KafkaSinkContext context, Long timeMs) {
    return new ProducerRecord<>(
        topic,
        null,
        writtenAt.ms(value),
        key.of(value).getBytes(StandardCharsets.UTF_8),
        encoder.encode(value));
  }
}
