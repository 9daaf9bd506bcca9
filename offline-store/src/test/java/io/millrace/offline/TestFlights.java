package io.millrace.offline;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Entity;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.Label;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.WindowSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Flights as three sources, with views of every kind of window: will a flight arrive late? Smaller
 * than the example's definitions, and independent of their files.
 */
public final class TestFlights {
  private static final List<Field> FLIGHT =
      List.of(
          Field.required("flight_id", ValueType.INT64),
          Field.required("carrier", ValueType.STRING),
          Field.nullable("tail_num", ValueType.STRING),
          Field.required("origin", ValueType.STRING),
          Field.required("dest", ValueType.STRING));

  private TestFlights() {}

  /** The definitions over one file of flights. */
  public static Definitions over(Path file) {
    String departed = "sched_dep_utc + dep_delay_min * 60000";
    String arrived =
        "sched_dep_utc + ((has(sched_elapsed_min) ? sched_elapsed_min : 0)"
            + " + (has(arr_delay_min) ? arr_delay_min : 0)) * 60000";
    List<EventSource> sources =
        List.of(
            source(file, "scheduled", "sched_dep_utc - 3600000", Optional.empty(), List.of()),
            source(
                file,
                "departed",
                departed,
                Optional.of("has(dep_delay_min)"),
                List.of(Field.required("dep_delay_min", ValueType.INT64))),
            source(
                file,
                "arrived",
                arrived,
                Optional.empty(),
                List.of(
                    Field.nullable("arr_delay_min", ValueType.INT64),
                    Field.required("cancelled", ValueType.BOOL))));
    List<FeatureView> views =
        List.of(
            view(
                "carrier",
                "arrived",
                Optional.empty(),
                List.of("carrier"),
                List.of(
                    count("arrivals_3h", Optional.empty(), tiles(3, 15)),
                    count("late_3h", Optional.of("arr_delay_min >= 15"), tiles(3, 15)),
                    of("mean_delay_1d", Aggregation.AVG, "arr_delay_min", tiles(24, 60)))),
            view(
                "origin",
                "departed",
                Optional.empty(),
                List.of("origin"),
                List.of(
                    of("mean_dep_delay_1h", Aggregation.AVG, "dep_delay_min", tiles(1, 5)),
                    of("max_dep_delay_3h", Aggregation.MAX, "dep_delay_min", tiles(3, 15)))),
            view(
                "route",
                "arrived",
                Optional.empty(),
                List.of("origin", "dest"),
                List.of(
                    count("late_7d", Optional.of("arr_delay_min >= 15"), tiles(168, 360)),
                    of("min_delay_7d", Aggregation.MIN, "arr_delay_min", tiles(168, 360)))),
            view(
                "tail",
                "arrived",
                Optional.of(Duration.ofDays(3)),
                List.of("tail_num"),
                List.of(
                    of("last_delay", Aggregation.LAST, "arr_delay_min", WindowSpec.lifetime()),
                    of("total_delay_1d", Aggregation.SUM, "arr_delay_min", exact(24)),
                    of("mean_delay_12h", Aggregation.AVG, "arr_delay_min", exact(12)))));
    List<ServiceFeature> features = new ArrayList<>();
    features.add(new ServiceFeature.Computed("carrier", "carrier"));
    features.add(new ServiceFeature.Computed("hour", "hour_of_day(at)"));
    for (FeatureView view : views) {
      for (Feature feature : view.features()) {
        features.add(new ServiceFeature.OfView(view.name(), feature.name(), Map.of()));
      }
    }
    FeatureService service =
        new FeatureService(
            "delay_v1",
            "scheduled",
            features,
            Optional.of(
                new Label(
                    "arrived", List.of("flight_id"), "arr_delay_min >= 15", Duration.ofDays(2))));
    return new Definitions(sources, views, List.of(service));
  }

  private static EventSource source(
      Path file, String name, String time, Optional<String> where, List<Field> more) {
    List<Field> fields = new ArrayList<>();
    fields.add(Field.required("at", ValueType.TIMESTAMP));
    fields.addAll(FLIGHT);
    fields.addAll(more);
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put("at", time);
    return new EventSource(
        name,
        name,
        new RowSchema(name, fields),
        "",
        new EventTime("at", Duration.ZERO, Duration.ZERO),
        List.of(),
        Optional.of(new History(file, where, columns, Optional.of(Duration.ofDays(4)))),
        more.isEmpty()
            ? List.of()
            : List.of(
                new Expectation(
                    "sane_delay",
                    more.get(0).name() + " > -720 && " + more.get(0).name() + " < 4320",
                    Expectation.OnFail.DEAD_LETTER)));
  }

  private static FeatureView view(
      String name,
      String source,
      Optional<Duration> ttl,
      List<String> keys,
      List<Feature> features) {
    return new FeatureView(name, 1, new Entity(keys), source, ttl, features);
  }

  private static Feature count(String name, Optional<String> where, WindowSpec window) {
    return new Feature(name, Aggregation.COUNT, "*", where, window, Optional.empty(), "");
  }

  private static Feature of(String name, Aggregation aggregation, String input, WindowSpec window) {
    return new Feature(name, aggregation, input, Optional.empty(), window, Optional.empty(), "");
  }

  private static WindowSpec tiles(int hours, int minutes) {
    return WindowSpec.slidingByTiles(Duration.ofHours(hours), Duration.ofMinutes(minutes));
  }

  private static WindowSpec exact(int hours) {
    return WindowSpec.slidingExact(Duration.ofHours(hours));
  }
}
