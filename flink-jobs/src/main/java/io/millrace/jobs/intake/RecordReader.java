package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Hop 1: bytes to an event, or to a dead letter that says why not. Nothing that a record contains
 * makes it throw.
 */
final class RecordReader implements KafkaRecordDeserializationSchema<SourceRecord> {
  private static final long serialVersionUID = 1;
  private static final byte[] NOTHING = new byte[0];

  private final DefinitionSet definitionSet;
  private final String registryUrl;
  private final Map<String, String> registryConfig;
  private final Duration futureGuard;

  private transient Map<String, SourceReader> readers;

  /**
   * @param futureGuard how far ahead of the wall clock an event time may lie
   */
  RecordReader(
      DefinitionSet definitionSet,
      String registryUrl,
      Map<String, String> registryConfig,
      Duration futureGuard) {
    this.definitionSet = definitionSet;
    this.registryUrl = registryUrl;
    this.registryConfig = Map.copyOf(registryConfig);
    this.futureGuard = futureGuard;
  }

  private record SourceReader(
      int index, EventSource source, EventCodec codec, int timeIndex, Expectations expectations) {}

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    SchemaRegistry registry = new ConfluentSchemaRegistry(registryUrl, registryConfig);
    readers = new HashMap<>();
    List<EventSource> sources = definitionSet.definitions().sources();
    for (int i = 0; i < sources.size(); i++) {
      EventSource source = sources.get(i);
      readers.put(
          source.topic(),
          new SourceReader(
              i,
              source,
              new EventCodec(source, registry),
              source.timeIndex(),
              Expectations.of(source, context.getMetricGroup())));
    }
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SourceRecord> out) {
    out.collect(read(record));
  }

  private SourceRecord read(ConsumerRecord<byte[], byte[]> record) {
    SourceReader reader = readers.get(record.topic());
    if (record.value() == null) {
      return Heartbeat.timeOf(record.headers().lastHeader(Heartbeat.HEADER))
          .<SourceRecord>map(SourceRecord.Beat::new)
          .orElseGet(
              () ->
                  dead(
                      reader,
                      record,
                      "malformed",
                      "the record has no value and no " + Heartbeat.HEADER + " header"));
    }
    Values values;
    try {
      values = reader.codec().decode(record.value());
    } catch (MalformedRecordException e) {
      return dead(reader, record, e.reason(), e.getMessage());
    }
    if (values.isNull(reader.timeIndex())) {
      return dead(reader, record, "no-event-time", reader.source().time().field() + " is null");
    }
    long timeMs = values.longAt(reader.timeIndex());
    if (timeMs > System.currentTimeMillis() + futureGuard.toMillis()) {
      return dead(
          reader,
          record,
          "future",
          reader.source().time().field()
              + " is "
              + Instant.ofEpochMilli(timeMs)
              + ", more than "
              + futureGuard
              + " ahead of the clock; mend the producer's clock or unit (milliseconds)");
    }
    Optional<Expectation> against = reader.expectations().keptOutBy(values);
    if (against.isPresent()) {
      return against.get().onFail() == Expectation.OnFail.DROP
          ? new SourceRecord.Dropped()
          : dead(
              reader,
              record,
              against.get().name(),
              "expected "
                  + against.get().check()
                  + ", but the event is "
                  + values.toString(reader.source().schema()));
    }
    Position position = positionOf(record);
    return new SourceRecord.Good(
        reader.index(),
        new Event(reader.source().name(), timeMs, position, values),
        record.timestamp());
  }

  private static SourceRecord dead(
      SourceReader reader, ConsumerRecord<byte[], byte[]> record, String reason, String detail) {
    byte[] value = record.value() == null ? NOTHING : record.value();
    return new SourceRecord.Dead(
        new DeadLetter(
            reader.source().name(),
            positionOf(record),
            System.currentTimeMillis(),
            reason,
            detail,
            value));
  }

  private static Position positionOf(ConsumerRecord<byte[], byte[]> record) {
    return new Position(record.topic(), record.partition(), record.offset());
  }

  @Override
  public TypeInformation<SourceRecord> getProducedType() {
    return SourceRecordSerializer.TYPE;
  }
}
