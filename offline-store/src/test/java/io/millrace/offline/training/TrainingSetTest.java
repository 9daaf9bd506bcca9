package io.millrace.offline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Entity;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Label;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.offline.TestParquet;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payments ask; charge-backs tell; what a card and a shop did before is what is known. */
class TrainingSetTest {
  private static final long HORIZON = 10_000;
  private static final RowSchema PAYMENT =
      new RowSchema(
          "payment",
          List.of(
              Field.required("at", ValueType.TIMESTAMP),
              Field.nullable("id", ValueType.STRING),
              Field.nullable("card", ValueType.STRING),
              Field.nullable("amount", ValueType.INT64)));
  private static final RowSchema OUTCOME =
      new RowSchema(
          "outcome",
          List.of(
              Field.required("at", ValueType.TIMESTAMP),
              Field.nullable("id", ValueType.STRING),
              Field.nullable("card", ValueType.STRING),
              Field.nullable("fraud", ValueType.BOOL)));
  private static final FeatureView SPENT =
      view("spent", "payment", feature("sum_5s", Aggregation.SUM, "amount"));
  private static final FeatureView FRAUDS =
      view("frauds", "outcome", feature("last", Aggregation.LAST, "fraud ? 1 : 0"));
  private static final Definitions DEFINITIONS =
      new Definitions(
          List.of(
              source("payment", PAYMENT, Optional.of("amount < 1000")),
              source("outcome", OUTCOME, Optional.empty())),
          List.of(SPENT, FRAUDS),
          List.of(
              service(
                  "fraud_v1",
                  Optional.of(
                      new Label("outcome", List.of("id"), "fraud", Duration.ofMillis(HORIZON)))),
              service("no_label", Optional.empty())));

  @TempDir Path folder;
  private long offset;

  @Test
  void shouldSeeWhatWasBeforeTheRequestAndNeitherItselfNorItsTies() {
    List<Event> events =
        List.of(
            payment(1000, "a", "c", 5),
            payment(2000, "b", "c", 7),
            payment(2000, "d", "c", 9),
            payment(2001, "e", "c", 1),
            outcome(3000, "a", "c", true),
            outcome(3000, "b", "c", false),
            outcome(3000, "d", "c", false),
            outcome(3000, "e", "c", false));
    assertThat(walk(events, new ArrayList<>())).isEqualTo(new TrainingCounts(8, 0, 4, 4, 0, 0));
    assertThat(rows(events))
        .extracting(TrainingRow::requestKey, row -> boxed(row.vector()))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", "[5, null, null]"),
            org.assertj.core.groups.Tuple.tuple("b", "[7, 5, null]"),
            org.assertj.core.groups.Tuple.tuple("d", "[9, 5, null]"),
            org.assertj.core.groups.Tuple.tuple("e", "[1, 21, null]"));
  }

  @Test
  void shouldTakeTheFirstLabelWithinTheHorizon() {
    List<Event> events =
        List.of(
            outcome(900, "early", "c", true),
            payment(1000, "early", "c", 1),
            payment(1000, "same instant", "c", 1),
            outcome(1000, "same instant", "c", true),
            payment(1001, "at horizon", "c", 1),
            payment(1002, "after horizon", "c", 1),
            payment(1003, "null label", "c", 1),
            payment(1004, "twice", "c", 1),
            payment(1005, null, "c", 1),
            outcome(2000, "null label", "c", null),
            outcome(2001, "null label", "c", true),
            outcome(2002, "twice", "c", false),
            outcome(2003, "twice", "c", true),
            outcome(1001 + HORIZON, "at horizon", "c", true),
            outcome(1002 + HORIZON + 1, "after horizon", "c", true));
    assertThat(rows(events))
        .extracting(TrainingRow::requestKey, TrainingRow::label)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("same instant", true),
            org.assertj.core.groups.Tuple.tuple("at horizon", true),
            org.assertj.core.groups.Tuple.tuple("twice", false));
    assertThat(walk(events, new ArrayList<>())).isEqualTo(new TrainingCounts(15, 0, 7, 3, 1, 3));
  }

  @Test
  void shouldGiveRowsOutInTheOrderOfTimeAndKey() {
    List<Event> events =
        List.of(
            payment(1000, "z", "c", 1),
            payment(1000, "a", "c", 1),
            payment(1001, "m", "c", 1),
            outcome(1002, "m", "c", true),
            outcome(1003, "z", "c", true),
            outcome(1004, "a", "c", true));
    assertThat(rows(events)).extracting(TrainingRow::requestKey).containsExactly("a", "z", "m");
  }

  @Test
  void shouldTakeRequestsOfTheRangeOnlyAndStopWhenTheyAreAnswered() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      events.add(payment(1000 + i * 10, "p" + i, "c", 1));
      events.add(outcome(1005 + i * 10, "p" + i, "c", false));
    }
    List<TrainingRow> rows = new ArrayList<>();
    TrainingCounts counts =
        TrainingSet.of(DEFINITIONS, "fraud_v1", at(1100), at(1200))
            .walk(events.iterator(), rows::add);
    assertThat(rows)
        .extracting(TrainingRow::requestKey)
        .startsWith("p10")
        .endsWith("p19")
        .hasSize(10);
    assertThat(boxed(rows.get(0).vector())).as("events before count").isEqualTo("[1, 10, 0]");
    assertThat(counts).isEqualTo(new TrainingCounts(40, 0, 10, 10, 0, 0));
  }

  @Test
  void shouldLeaveOutEventsThatFailAnExpectation() {
    List<Event> events =
        List.of(
            payment(1000, "huge", "c", 1000),
            payment(1001, "null holds", "c", null),
            payment(1002, "fine", "c", 2),
            outcome(1003, "huge", "c", true),
            outcome(1003, "null holds", "c", true),
            outcome(1003, "fine", "c", true));
    assertThat(rows(events))
        .extracting(TrainingRow::requestKey, row -> boxed(row.vector()))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("null holds", "[null, null, null]"),
            org.assertj.core.groups.Tuple.tuple("fine", "[2, null, null]"));
    assertThat(walk(events, new ArrayList<>())).isEqualTo(new TrainingCounts(6, 1, 2, 2, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldEqualTheOracleOnRandomEventsOverManyDays(long seed) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      // Bursts, ties, and gaps that let states expire.
      long time = random.nextInt(8) * 86_400_000L + random.nextInt(40_000) / 10 * 10;
      String card = random.nextInt(20) == 0 ? null : "c" + random.nextInt(5);
      String id = "p" + random.nextInt(60);
      events.add(
          random.nextBoolean()
              ? payment(time, id, card, random.nextInt(5) == 0 ? null : random.nextInt(1100))
              : outcome(time, id, card, random.nextInt(5) == 0 ? null : random.nextBoolean()));
    }
    events.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
    List<TrainingRow> expected = naive(events);
    List<TrainingRow> actual = rows(events);
    assertThat(expected).hasSizeGreaterThan(100);
    assertThat(actual).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void shouldNameTheSourcesItNeeds() {
    assertThat(TrainingSet.of(DEFINITIONS, "fraud_v1", at(0), at(1)).sources())
        .extracting(EventSource::name)
        .containsExactly("payment", "outcome");
  }

  @Test
  void shouldWriteATableThatOthersRead() throws IOException {
    TrainingSet set = TrainingSet.of(DEFINITIONS, "fraud_v1", at(0), at(1_000_000));
    Path file = folder.resolve("set.parquet");
    try (ParquetRowWriter<TrainingRow> writer = ParquetRowWriter.open(set.table(), file)) {
      List<Event> events =
          List.of(
              payment(1000, "a", "c", 5),
              payment(2000, "b", "c", 7),
              outcome(3000, "a", "c", true),
              outcome(3000, "b", "c", false));
      set.walk(events.iterator(), writer::write);
    }
    assertThat(
            TestParquet.read(
                "select epoch_ms(request_time), request_key, amount, spent__sum_5s, label from '"
                    + file
                    + "'"))
        .containsExactly(
            java.util.Arrays.asList("1000", "a", "5", null, "true"),
            List.of("2000", "b", "7", "5", "false"));
  }

  @Test
  void shouldRefuseWhatMakesNoTrainingSet() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainingSet.of(DEFINITIONS, "no_label", at(0), at(1)))
        .withMessage(
            "the service no_label has no label, so nothing can be learnt for it; give it one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainingSet.of(DEFINITIONS, "other", at(0), at(1)))
        .withMessageContaining("no feature service is named other");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainingSet.of(DEFINITIONS, "fraud_v1", at(1), at(0)))
        .withMessageContaining("a range must not end before it begins");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rows(List.of(payment(2, "a", "c", 1), payment(1, "b", "c", 1))))
        .withMessageContaining("events must come in the order of their times")
        .withMessageContaining("payment-0@");
  }

  /** The same by scanning all events for each row. */
  private static List<TrainingRow> naive(List<Event> all) {
    List<Event> events =
        all.stream()
            .filter(
                e ->
                    e.source().equals("outcome")
                        || e.values().isNull(3)
                        || e.values().longAt(3) < 1000)
            .toList();
    List<TrainingRow> rows = new ArrayList<>();
    for (Event request : events) {
      if (!request.source().equals("payment") || request.values().isNull(1)) {
        continue;
      }
      String id = request.values().textAt(1);
      Optional<Event> answer =
          events.stream()
              .filter(e -> e.source().equals("outcome"))
              .filter(e -> e.timeMs() >= request.timeMs())
              .filter(e -> e.timeMs() <= request.timeMs() + HORIZON)
              .filter(e -> id.equals(e.values().textAt(1)))
              .findFirst();
      if (answer.isEmpty() || answer.get().values().isNull(3)) {
        continue;
      }
      Values vector = new Values(3);
      vector.copyFrom(0, request.values(), 3);
      if (!request.values().isNull(2)) {
        String card = request.values().textAt(2);
        vector.copyFrom(1, valuesAt(SPENT, PAYMENT, events, card, request.timeMs()), 0);
        vector.copyFrom(2, valuesAt(FRAUDS, OUTCOME, events, card, request.timeMs()), 0);
      }
      rows.add(new TrainingRow(request.timeMs(), id, vector, answer.get().values().booleanAt(3)));
    }
    rows.sort(
        Comparator.comparingLong(TrainingRow::requestTimeMs)
            .thenComparing(TrainingRow::requestKey));
    return rows;
  }

  private static Values valuesAt(
      FeatureView view, RowSchema schema, List<Event> events, String card, long asOfMs) {
    List<Event> ofCard =
        events.stream()
            .filter(e -> e.source().equals(view.source()) && card.equals(e.values().textAt(2)))
            .toList();
    return NaiveAggregator.valuesAt(view, schema, ofCard, asOfMs);
  }

  private List<TrainingRow> rows(List<Event> events) {
    List<TrainingRow> rows = new ArrayList<>();
    walk(events, rows);
    return rows;
  }

  private TrainingCounts walk(List<Event> events, List<TrainingRow> rows) {
    return TrainingSet.of(DEFINITIONS, "fraud_v1", at(0), at(Long.MAX_VALUE / 2))
        .walk(events.iterator(), rows::add);
  }

  private Event payment(long timeMs, String id, String card, Integer amount) {
    return event("payment", timeMs, Values.of(timeMs, id, card, amount));
  }

  private Event outcome(long timeMs, String id, String card, Boolean fraud) {
    return event("outcome", timeMs, Values.of(timeMs, id, card, fraud));
  }

  private Event event(String source, long timeMs, Values values) {
    return new Event(source, timeMs, new Position(source, 0, offset++), values);
  }

  private static String boxed(Values vector) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(vector.boxedAt(i, ValueType.INT64));
    }
    return all.toString();
  }

  private static Instant at(long ms) {
    return Instant.ofEpochMilli(ms);
  }

  private static EventSource source(String name, RowSchema schema, Optional<String> check) {
    return new EventSource(
        name,
        name,
        schema,
        "",
        new EventTime("at", Duration.ZERO, Duration.ZERO),
        List.of(),
        Optional.empty(),
        check.stream()
            .map(text -> new Expectation("sane", text, Expectation.OnFail.DEAD_LETTER))
            .toList());
  }

  private static FeatureView view(String name, String source, Feature feature) {
    return new FeatureView(
        name, 1, Entity.of("card"), source, Optional.of(Duration.ofHours(30)), List.of(feature));
  }

  private static Feature feature(String name, Aggregation aggregation, String input) {
    return new Feature(
        name,
        aggregation,
        input,
        Optional.empty(),
        aggregation == Aggregation.LAST
            ? WindowSpec.lifetime()
            : WindowSpec.slidingExact(Duration.ofSeconds(5)),
        Optional.empty(),
        "");
  }

  private static FeatureService service(String name, Optional<Label> label) {
    return new FeatureService(
        name,
        "payment",
        List.of(
            new ServiceFeature.Computed("amount", "amount"),
            new ServiceFeature.OfView("spent", "sum_5s", Map.of()),
            new ServiceFeature.OfView("frauds", "last", Map.of())),
        label);
  }
}
