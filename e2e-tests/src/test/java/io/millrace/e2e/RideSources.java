package io.millrace.e2e;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Rides of drivers and nothing else: the smallest stream that has a key, a time and a number. */
final class RideSources {
  static final Instant START = Instant.parse("2022-03-01T00:00:00Z");

  static final String AVRO =
      """
      {"type":"record","name":"Ride","namespace":"io.millrace.e2e","fields":[
        {"name":"driver","type":"string"},
        {"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"fare","type":["null","double"],"default":null}]}""";

  private RideSources() {}

  static EventSource source(String name, String topic) {
    RowSchema schema =
        new RowSchema(
            "Ride",
            List.of(
                Field.required("driver", ValueType.STRING),
                Field.required("time", ValueType.TIMESTAMP),
                Field.nullable("fare", ValueType.FLOAT64)));
    return new EventSource(
        name,
        topic,
        schema,
        AVRO,
        new EventTime("time", Duration.ZERO, Duration.ZERO),
        List.of("driver"),
        Optional.empty(),
        List.of());
  }

  static Definitions definitions(EventSource... sources) {
    return new Definitions(List.of(sources), List.of(), List.of());
  }

  /** The {@code number}th ride: one a second, the fare is the number, every tenth has none. */
  static Event ride(String source, int number) {
    Instant time = START.plusSeconds(number);
    Double fare = number % 10 == 0 ? null : Double.valueOf(number);
    return new Event(
        source,
        time.toEpochMilli(),
        new Position("rides.parquet", 0, number),
        Values.of("driver-" + number % 7, time, fare));
  }
}
