package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.training.TrainingSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors of views that build on views, as a walk served them, recomputed from the store. */
class ChainedParityTest {
  private static final String TRIP_AVRO =
      """
      {"type": "record", "name": "trip", "fields": [
        {"name": "id", "type": "long"},
        {"name": "car", "type": "string"},
        {"name": "zone", "type": ["null", "string"], "default": null},
        {"name": "fare", "type": ["null", "double"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final Definitions TRIPS =
      new DefinitionBuilder()
          .source(SourceBuilder.named("trips").schema(TRIP_AVRO).eventTime("at"))
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
          .view(
              ViewBuilder.named("round")
                  .entity("trips")
                  .skipNullKeys()
                  .sourceView("zone")
                  .feature("zones", FeatureBuilder.count())
                  .feature("last_zone", FeatureBuilder.last("zone")))
          .service(
              ServiceBuilder.named("fare_v1")
                  .request("trips")
                  .feature("car_in_zone", "*")
                  .feature("zone_peak", "*")
                  .feature("round", "round", "*", Map.of("trips", "id"))
                  .computed("over", "fare > zone_peak__max_2h + car_in_zone__excess_2h")
                  .label("trips", "has(fare)", Duration.ofDays(1), "id"))
          .build();

  @TempDir Path root;

  @Test
  void shouldRecomputeEachVectorAndFindTheOneThatWasServedWrongly() throws IOException {
    long seed = 42;
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    List<Known<Event>> stored = new ArrayList<>();
    long at = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
    for (int i = 0; i < 200; i++) {
      at += random.nextInt(3) == 0 ? 0 : random.nextInt(3) == 0 ? 1 : random.nextInt(600_000);
      Values values =
          Values.of(
              (long) i,
              "c" + random.nextInt(5),
              random.nextInt(8) == 0 ? null : "z" + random.nextInt(3),
              random.nextInt(8) == 0 ? null : random.nextDouble() * 30,
              Instant.ofEpochMilli(at));
      events.add(new Event("trips", at, new Position("trips", 0, i), values));
      stored.add(new Known<>(events.get(i), i));
    }
    List<Prediction> served = new ArrayList<>();
    TrainingSet.of(TRIPS, "fare_v1", Instant.EPOCH, Instant.ofEpochMilli(1L << 50))
        .walk(
            events.iterator(),
            row ->
                served.add(
                    prediction(
                        Integer.parseInt(row.requestKey()), row.requestTimeMs(), row.vector())));
    assertThat(served).hasSize(200);
    Values forged = new Values(served.get(100).vector().size());
    served.set(100, prediction(100, served.get(100).requestTimeMs(), forged));

    OfflineStore store = new OfflineStore(root);
    TestStream.write(store, OfflineTables.events(TRIPS.source("trips")), stored);
    TestStream.write(
        store,
        OfflineTables.predictions(
            "fare", VectorPlan.of(TRIPS.service("fare_v1"), TRIPS).vectorSchema()),
        served);
    ParityCheck report = Parity.of(TRIPS, "fare_v1", store).check(1_000, 1);
    assertThat(report.sampled()).isEqualTo(200);
    assertThat(report.reasons()).as("seed %d", seed).isEqualTo(Map.of(Reason.UNEXPLAINED, 1L));
    assertThat(report.mismatches().get(0).predictionId()).isEqualTo("trips-0@100");
  }

  private static Prediction prediction(int offset, long timeMs, Values vector) {
    return new Prediction(
        "trips-0@" + offset,
        Integer.toString(offset),
        "fare_v1",
        "fare",
        1,
        timeMs,
        offset,
        offset,
        vector,
        0.5);
  }
}
