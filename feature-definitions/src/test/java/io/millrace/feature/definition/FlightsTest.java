package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.Label;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.VectorPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The example means what its README says. */
class FlightsTest {
  private static final Path FOLDER = Path.of("flights");

  /** The columns that all three files of flights have. */
  private static final RowSchema FILE =
      new RowSchema(
          "flights",
          List.of(
              Field.nullable("flight_id", ValueType.INT64),
              Field.nullable("sched_dep_utc", ValueType.TIMESTAMP),
              Field.nullable("origin_utc_offset_min", ValueType.INT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("flight_num", ValueType.INT64),
              Field.nullable("tail_num", ValueType.STRING),
              Field.nullable("origin", ValueType.STRING),
              Field.nullable("dest", ValueType.STRING),
              Field.nullable("distance_mi", ValueType.INT64),
              Field.nullable("sched_elapsed_min", ValueType.INT64),
              Field.nullable("dep_delay_min", ValueType.INT64),
              Field.nullable("arr_delay_min", ValueType.INT64),
              Field.nullable("taxi_out_min", ValueType.INT64),
              Field.nullable("cancelled", ValueType.BOOL),
              Field.nullable("cancel_code", ValueType.STRING),
              Field.nullable("diverted", ValueType.BOOL)));

  private static Definitions flights;

  @BeforeAll
  static void load() throws Exception {
    flights = DefinitionFiles.load(FOLDER, Map.of());
  }

  @Test
  void shouldHaveTheSourcesAndViewsOfTheReadme() throws Exception {
    assertThat(flights.sources())
        .extracting(EventSource::name)
        .containsExactly("scheduled", "departed", "arrived", "weather");
    assertThat(flights.views())
        .extracting(FeatureView::name)
        .containsExactly(
            "carrier",
            "origin",
            "dest",
            "route",
            "flight",
            "tail_arrived",
            "tail_departed",
            "tail_here",
            "tail_coming",
            "weather");
    int features = flights.views().stream().mapToInt(v -> v.features().size()).sum();
    assertThat(Files.readString(FOLDER.resolve("README.md")))
        .contains("| `views.yaml` | " + features + " features ");
    assertThat(VectorPlan.of(flights.service("delay_v1"), flights).vectorSchema().size())
        .isEqualTo(features + 7);
  }

  @Test
  void shouldJoinTheAircraftAndTheWeatherOnTheAirportOfDeparture() {
    for (String view : List.of("tail_here", "tail_coming")) {
      assertThat(flights.service("delay_v1").features())
          .contains(new ServiceFeature.OfView(view, "last_delay", Map.of("dest", "origin")));
    }
    assertThat(flights.service("delay_v1").features())
        .contains(new ServiceFeature.OfView("weather", "temp_f", Map.of("station", "origin")));
  }

  /** A flight's number begins anew with each year of the New York file. */
  @Test
  void shouldPairTheLabelByTheFlightAndItsTime() {
    assertThat(flights.service("delay_v1").label())
        .contains(
            new Label(
                "arrived",
                List.of("flight_id", "sched_dep"),
                "arr_delay_min >= 15",
                Duration.ofDays(2)));
  }

  @Test
  void shouldAskWithNothingThatIsLearntLater() {
    assertThat(flights.source("scheduled").schema().fields())
        .extracting(Field::name)
        .doesNotContain("dep_delay_min", "arr_delay_min", "taxi_out_min", "cancelled", "diverted");
    assertThat(flights.source("departed").schema().fields())
        .extracting(Field::name)
        .doesNotContain("arr_delay_min", "cancelled", "diverted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nyc2013_2017", "net2008", "sfo2020"})
  void shouldFindTheFileOfEachDataset(String dataset) throws Exception {
    Definitions chosen = DefinitionFiles.load(FOLDER, Map.of("dataset", dataset));
    for (EventSource source : chosen.sources()) {
      assertThat(source.history().orElseThrow().path()).as(source.name()).isRegularFile();
    }
    assertThat(chosen.source("departed").history().orElseThrow().path().getFileName())
        .hasToString("flights_" + dataset + ".parquet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"scheduled", "departed", "arrived"})
  void shouldMakeEveryColumnOfAnEventFromTheFile(String name) {
    EventSource source = flights.source(name);
    History history = source.history().orElseThrow();
    for (Field field : source.schema().fields()) {
      String text = history.columns().getOrDefault(field.name(), field.name());
      ValueType type = Expressions.compile(text, FILE).type();
      boolean instant = field.type() == ValueType.TIMESTAMP && type == ValueType.INT64;
      assertThat(instant || type == field.type()).as(field + " from " + text).isTrue();
    }
  }

  /** A row of the file: minutes that may be null, then the events that it makes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          on time      | 90 | 0   | 0  | false | false | 11:00 | 12:00 | 13:30
          late         | 90 | 20  | 15 | false | false | 11:00 | 12:20 | 13:45
          early        | 90 | -5  | -9 | false | false | 11:00 | 11:55 | 13:21
          cancelled    | 90 | -   | -  | true  | false | 11:00 | -     | 13:30
          diverted     | 90 | -5  | -  | false | true  | 11:00 | 11:55 | 13:30
          diverted,late | 90 | 120 | - | false | true  | 11:00 | 14:00 | 15:30
          no duration  | -  | 10  | -  | false | true  | 11:00 | 12:10 | 12:10
          """)
  void shouldTellEachEventWhenItBecomesKnown(
      String flight,
      Integer elapsed,
      Integer depDelay,
      Integer arrDelay,
      boolean cancelled,
      boolean diverted,
      String requested,
      String departed,
      String arrived) {
    Values row =
        Values.of(
            1,
            Instant.parse("2013-01-01T12:00:00Z"),
            -300,
            "UA",
            1545,
            "N14228",
            "EWR",
            "IAH",
            1400,
            elapsed,
            depDelay,
            arrDelay,
            null,
            cancelled,
            null,
            diverted);
    List<String> times = new ArrayList<>();
    for (String name : List.of("scheduled", "departed", "arrived")) {
      EventSource source = flights.source(name);
      History history = source.history().orElseThrow();
      boolean happens =
          history.where().map(w -> Expressions.compile(w, FILE).admits(row)).orElse(true);
      Expression time = Expressions.compile(history.columns().get(source.time().field()), FILE);
      times.add(
          happens ? Instant.ofEpochMilli(time.longAt(row)).toString().substring(11, 16) : null);
    }
    assertThat(times).as(flight).containsExactly(requested, departed, arrived);
  }

  @Test
  void shouldAskByTheClockAtTheAirport() {
    EventSource scheduled = flights.source("scheduled");
    VectorPlan plan = VectorPlan.of(flights.service("delay_v1"), flights);
    Values[] noRows = new Values[plan.lookups().size()];
    // 04:30 UTC on a Tuesday is 23:30 on Monday in New York.
    Values request =
        Values.of(
            Instant.parse("2013-01-01T03:30:00Z"),
            1,
            Instant.parse("2013-01-01T04:30:00Z"),
            "UA",
            1545,
            "N14228",
            "EWR",
            "IAH",
            -300,
            1400,
            227);
    assertThat(request.size()).isEqualTo(scheduled.schema().size());
    Values vector = plan.vector(request, noRows);
    RowSchema names = plan.vectorSchema();
    assertThat(vector.longAt(names.requireIndexOf("local_hour"))).isEqualTo(23);
    assertThat(vector.longAt(names.requireIndexOf("local_weekday"))).isZero();
    assertThat(vector.textAt(names.requireIndexOf("origin"))).isEqualTo("EWR");
    assertThat(vector.longAt(names.requireIndexOf("carrier__arrivals_3h"))).isZero();
    assertThat(vector.isNull(names.requireIndexOf("tail_coming__last_delay"))).isTrue();
  }
}
