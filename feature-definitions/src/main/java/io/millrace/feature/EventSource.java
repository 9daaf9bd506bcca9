package io.millrace.feature;

import java.util.List;
import java.util.Optional;

/**
 * A stream of things that happened, with a batch path for its past.
 *
 * @param name how views and services refer to it
 * @param topic the Kafka topic; its values are Avro in the Confluent wire format
 * @param schema the columns
 * @param avro the Avro schema's JSON text, from which {@code schema} was read
 * @param changes the form of the records where they are changes to a table, which take back what
 *     they change; empty where each record is a thing that happened
 * @param messageKey the columns whose values make the Kafka message key; empty spreads evenly
 */
public record EventSource(
    String name,
    String topic,
    RowSchema schema,
    String avro,
    EventTime time,
    Optional<ChangeFormat> changes,
    List<String> messageKey,
    Optional<History> history,
    List<Expectation> expectations) {
  /** A source whose records are things that happened. */
  public EventSource(
      String name,
      String topic,
      RowSchema schema,
      String avro,
      EventTime time,
      List<String> messageKey,
      Optional<History> history,
      List<Expectation> expectations) {
    this(name, topic, schema, avro, time, Optional.empty(), messageKey, history, expectations);
  }

  public EventSource {
    messageKey = List.copyOf(messageKey);
    expectations = List.copyOf(expectations);
    int index = schema.requireIndexOf(time.field());
    if (schema.field(index).type() != ValueType.TIMESTAMP) {
      throw new IllegalArgumentException(
          "event time must be a TIMESTAMP, but "
              + name
              + "."
              + time.field()
              + " is "
              + schema.field(index).type());
    }
  }

  /** The position of the event time column. */
  public int timeIndex() {
    return schema.requireIndexOf(time.field());
  }
}
