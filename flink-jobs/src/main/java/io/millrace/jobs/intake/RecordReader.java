package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.schema.Change;
import io.millrace.schema.ChangeCodec;
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
import java.util.function.Function;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Hop 1: bytes to an event or a change, or to a dead letter that says why not. Nothing that a
 * record contains makes it throw.
 */
final class RecordReader implements KafkaRecordDeserializationSchema<SourceRecord> {
  private static final long serialVersionUID = 1;
  private static final String NO_EVENT_TIME = "no-event-time";
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
      int index,
      EventSource source,
      Decoder codec,
      int timeIndex,
      Duration futureGuard,
      Expectations expectations) {}

  /** Bytes to a change; of a source of events, every one is new. */
  @FunctionalInterface
  private interface Decoder {
    Change decode(byte[] value) throws MalformedRecordException;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    openWith(new ConfluentSchemaRegistry(registryUrl, registryConfig), context.getMetricGroup());
  }

  void openWith(SchemaRegistry registry, MetricGroup metrics) {
    readers = new HashMap<>();
    List<EventSource> sources = definitionSet.definitions().sources();
    for (int i = 0; i < sources.size(); i++) {
      EventSource source = sources.get(i);
      readers.put(
          source.topic(),
          new SourceReader(
              i,
              source,
              decoder(source, registry),
              source.timeIndex(),
              source.time().future().orElse(futureGuard),
              Expectations.of(source, metrics)));
    }
  }

  private static Decoder decoder(EventSource source, SchemaRegistry registry) {
    if (source.changes().isPresent()) {
      return new ChangeCodec(source, registry)::decode;
    }
    EventCodec codec = new EventCodec(source, registry);
    return value -> new Change(Optional.empty(), Optional.of(codec.decode(value)));
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
                      "the record has no value and no "
                          + Heartbeat.HEADER
                          + " header"
                          + (reader.source().changes().isPresent()
                              ? "; a deletion is told by a change with op d, so set"
                                  + " tombstones.on.delete=false in the connector"
                              : "")));
    }
    Change change;
    try {
      change = reader.codec().decode(record.value());
    } catch (MalformedRecordException e) {
      return dead(reader, record, e.reason(), e.getMessage());
    }
    if (change.before().isEmpty()) {
      return event(reader, record, change.after().orElseThrow());
    }
    SourceRecord before =
        event(reader, record, change.before().get(), reader.expectations()::keptOutBefore);
    if (before instanceof SourceRecord.Dead letter
        && letter.letter().reason().equals(NO_EVENT_TIME)
        && change.after().isEmpty()) {
      return before; // only the key of the row was logged
    }
    return new SourceRecord.Change(
        reader.index(),
        // What is refused now was refused when it came, so there is nothing to take back.
        before instanceof SourceRecord.Good good ? Optional.of(good.event()) : Optional.empty(),
        change.after().map(values -> event(reader, record, values)),
        record.timestamp());
  }

  private static SourceRecord event(
      SourceReader reader, ConsumerRecord<byte[], byte[]> record, Values values) {
    return event(reader, record, values, reader.expectations()::keptOutBy);
  }

  private static SourceRecord event(
      SourceReader reader,
      ConsumerRecord<byte[], byte[]> record,
      Values values,
      Function<Values, Optional<Expectation>> expectations) {
    if (values.isNull(reader.timeIndex())) {
      return dead(
          reader,
          record,
          NO_EVENT_TIME,
          reader.source().time().field()
              + " is null"
              + (reader.source().changes().isPresent()
                  ? "; if it is not in the table, the database must log whole rows, not keys alone:"
                      + " in PostgreSQL ALTER TABLE ... REPLICA IDENTITY FULL"
                  : ""));
    }
    long timeMs = values.longAt(reader.timeIndex());
    long clockMs = System.currentTimeMillis();
    if (timeMs - reader.futureGuard().toMillis() > clockMs) {
      return dead(
          reader,
          record,
          "future",
          reader.source().time().field()
              + " is "
              + Instant.ofEpochMilli(timeMs)
              + ", more than "
              + reader.futureGuard()
              + " ahead of the clock at "
              + Instant.ofEpochMilli(clockMs)
              + "; mend the producer's clock or unit (milliseconds), or raise event-time.future of "
              + reader.source().name());
    }
    Optional<Expectation> against = expectations.apply(values);
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
