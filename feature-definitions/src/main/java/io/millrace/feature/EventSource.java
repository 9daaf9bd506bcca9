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
 * @param messageKey the columns whose values make the Kafka message key; empty spreads evenly
 */
public record EventSource(
    String name,
    String topic,
    RowSchema schema,
    String avro,
    EventTime time,
    List<String> messageKey,
    Optional<History> history,
    List<Expectation> expectations) {
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
