package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.offline.TestParquet;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Trips of cars through zones: views that stand alone and views that build on views. */
final class TestTrips {
  static final long START_MS = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();

  private static final String AVRO =
      """
      {"type": "record", "name": "trip", "fields": [
        {"name": "id", "type": "long"},
        {"name": "car", "type": ["null", "string"], "default": null},
        {"name": "zone", "type": ["null", "string"], "default": null},
        {"name": "fare", "type": ["null", "double"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  static final Definitions TRIPS =
      new DefinitionBuilder()
          .source(SourceBuilder.named("trips").schema(AVRO).eventTime("at"))
          .view(
              ViewBuilder.named("car")
                  .entity("car")
                  .skipNullKeys()
                  .source("trips")
                  .feature("trips_1h", FeatureBuilder.count().over(Duration.ofHours(1)))
                  .feature("last_fare", FeatureBuilder.last("fare")))
          .view(
              ViewBuilder.named("zone")
                  .entity("zone")
                  .skipNullKeys()
                  .source("trips")
                  .feature("mean_1h", FeatureBuilder.avg("fare").over(Duration.ofHours(1)))
                  .feature("trips", FeatureBuilder.count()))
          .view(
              ViewBuilder.named("car_in_zone")
                  .entity("car")
                  .skipNullKeys()
                  .source("trips")
                  .join("zone", "zone", Map.of())
                  .feature(
                      "excess_2h",
                      FeatureBuilder.avg("fare - zone__mean_1h").over(Duration.ofHours(2))))
          .view(
              ViewBuilder.named("zone_peak")
                  .entity("zone")
                  .skipNullKeys()
                  .sourceView("zone")
                  .feature("max_2h", FeatureBuilder.max("mean_1h").over(Duration.ofHours(2))))
          .service(
              ServiceBuilder.named("fare_v1")
                  .request("trips")
                  .feature("car", "*")
                  .feature("car_in_zone", "*")
                  .feature("zone_peak", "*")
                  .computed("over", "fare > zone_peak__max_2h + car_in_zone__excess_2h")
                  .label("trips", "has(fare)", Duration.ofDays(1), "id"))
          .service(
              ServiceBuilder.named("car_v1")
                  .request("trips")
                  .computed("car", "car")
                  .feature("car", "*"))
          .build();

  private TestTrips() {}

  /** Trips with ties and nulls. */
  static List<Event> random(Random random, int count) {
    List<Event> events = new ArrayList<>();
    long at = START_MS;
    for (int i = 0; i < count; i++) {
      at += random.nextInt(3) == 0 ? 0 : random.nextInt(3) == 0 ? 1 : random.nextInt(600_000);
      events.add(
          trip(
              i,
              random.nextInt(9) == 0 ? null : "c" + random.nextInt(5),
              random.nextInt(8) == 0 ? null : "z" + random.nextInt(3),
              random.nextInt(8) == 0 ? null : random.nextDouble() * 30,
              at));
    }
    return events;
  }

  static Event trip(long id, String car, String zone, Double fare, long atMs) {
    return new Event(
        "trips",
        atMs,
        new Position("trips", 0, id),
        Values.of(id, car, zone, fare, Instant.ofEpochMilli(atMs)));
  }

  /** The trips as a spine, in their order, with a label of its own. */
  static Path spine(Path file, List<Event> trips) {
    List<String> rows = new ArrayList<>();
    for (Event trip : trips) {
      Values v = trip.values();
      rows.add(
          "("
              + v.longAt(0)
              + ", "
              + text(v.boxedAt(1, ValueType.STRING))
              + ", "
              + text(v.boxedAt(2, ValueType.STRING))
              + ", "
              + v.boxedAt(3, ValueType.FLOAT64)
              + "::double, epoch_ms("
              + trip.timeMs()
              + "), "
              + trip.timeMs() % 2
              + ")");
    }
    return TestParquet.write(
        file,
        "select * from (values "
            + String.join(", ", rows)
            + ") t(id, car, zone, fare, \"at\", label)");
  }

  private static String text(Object value) {
    return value == null ? "null::varchar" : "'" + value + "'";
  }
}
