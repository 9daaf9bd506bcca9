package io.millrace.jobs.intake;

import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import java.io.Serializable;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Values of a topic that Millrace writes itself. One that cannot be read is counted in {@code
 * malformed}, logged with its place and passed over; a record without a value, as compaction leaves
 * it, is passed over in silence.
 */
final class TopicReader<T> implements KafkaRecordDeserializationSchema<T> {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

  private final String registryUrl;
  private final Format<T> format;
  private final TypeInformation<T> type;
  private transient Decoder<T> decoder;
  private transient Counter malformed;

  /** Reads one value. */
  @FunctionalInterface
  interface Decoder<T> {
    T decode(byte[] value) throws MalformedRecordException;
  }

  /** Makes the decoder on the task manager. */
  @FunctionalInterface
  interface Format<T> extends Serializable {
    Decoder<T> open(SchemaRegistry registry);
  }

  TopicReader(String registryUrl, TypeInformation<T> type, Format<T> format) {
    this.registryUrl = registryUrl;
    this.type = type;
    this.format = format;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    decoder = format.open(new ConfluentSchemaRegistry(registryUrl, Map.of()));
    malformed = context.getMetricGroup().addGroup("millrace").counter("malformed");
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<T> out) {
    if (record.value() == null) {
      return;
    }
    try {
      out.collect(decoder.decode(record.value()));
    } catch (MalformedRecordException e) {
      malformed.inc();
      LOG.warn(
          "{}-{}@{} is passed over: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return type;
  }
}
