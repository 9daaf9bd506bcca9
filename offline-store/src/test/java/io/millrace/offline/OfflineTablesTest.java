package io.millrace.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Entity;
import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.loop.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class OfflineTablesTest {
  private static final long JUST_BEFORE_MIDNIGHT = ms("2008-03-09T23:59:59.999Z");
  private static final EventSource VISITS =
      TestSources.visits(TestSources.sorted(Path.of("unused")));

  @Test
  void shouldKeepTheEventsColumnsAndSayWhereTheyWereRead() {
    OfflineTable<Known<Event>> table = OfflineTables.events(VISITS);
    Known<Event> row =
        new Known<>(
            new Event(
                "visits",
                JUST_BEFORE_MIDNIGHT,
                new Position("visits", 3, 17),
                Values.of(JUST_BEFORE_MIDNIGHT, "ann", null)),
            99);
    assertThat(table.name()).isEqualTo("visits");
    assertThat(new OfflineStore(Path.of("root")).partition(table, row))
        .isEqualTo(Path.of("root/events/visits/dt=2008-03-09"));
    assertThat(values(table.record(row)))
        .containsExactly(JUST_BEFORE_MIDNIGHT, "ann", null, 99L, 3L, 17L);
    assertThat(table.schema().getFields())
        .extracting(Schema.Field::name)
        .containsExactly("seen", "who", "n", "knowledge_time", "source_partition", "source_offset");
    assertThat(OfflineTables.lateEvents(VISITS).folder()).isEqualTo("late/visits");
    assertThat(OfflineTables.lateEvents(VISITS).schema()).isEqualTo(table.schema());
  }

  @Test
  void shouldTypeTheKeysOfFeatureRowsAsTheSourceDoes() {
    FeatureView view =
        new FeatureView("pair", 2, Entity.of("who", "n"), "visits", Optional.empty(), List.of());
    RowSchema features =
        new RowSchema("pair_v2", List.of(Field.nullable("visits_1h", ValueType.INT64)));
    OfflineTable<KnownRow> table = OfflineTables.features(view, VISITS.schema(), features);
    KnownRow row =
        new KnownRow(
            new FeatureRow(
                "pair_v2",
                EntityKey.of("a|b", "-7"),
                JUST_BEFORE_MIDNIGHT + 1,
                JUST_BEFORE_MIDNIGHT,
                5,
                Values.of(3)),
            99,
            OptionalLong.of(new Position("visits", 3, 17).order()));
    assertThat(table.name()).isEqualTo("pair_v2");
    assertThat(table.folder()).isEqualTo("features/pair/v2");
    assertThat(table.partition(row)).isEqualTo("dt=2008-03-10");
    assertThat(values(table.record(row)))
        .containsExactly(
            "a|b", -7L, JUST_BEFORE_MIDNIGHT + 1, JUST_BEFORE_MIDNIGHT, 5L, 99L, 3L, 17L, 3L);
    KnownRow expired =
        new KnownRow(
            new FeatureRow("pair_v2", EntityKey.of("a", "1"), 0, Long.MIN_VALUE, 6, Values.of(0)),
            99,
            OptionalLong.empty());
    assertThat(values(table.record(expired)))
        .containsExactly("a", 1L, 0L, null, 6L, 99L, null, null, 0L);
  }

  @Test
  void shouldSayWhereTheRequestOfAPredictionAndOfAnOutcomeWasRead() {
    RowSchema vector = new RowSchema("s", List.of(Field.nullable("x", ValueType.INT64)));
    OfflineTable<Prediction> predictions = OfflineTables.predictions("m", vector);
    OfflineTable<Outcome> outcomes = OfflineTables.outcomes("s");
    for (String id : List.of("asked-for-3@17", "by-hand", "asked-70000@1", "asked-1@")) {
      boolean isPosition = id.equals("asked-for-3@17");
      GenericRecord prediction =
          predictions.record(new Prediction(id, "k", "s", "m", 1, 5, 6, 7, Values.of(1), 0.5));
      GenericRecord outcome =
          outcomes.record(
              new Outcome(
                  id, "k", "s", "m", 1, 5, 0.5, Outcome.Status.UNANSWERED, Optional.empty(), 9));
      for (GenericRecord record : List.of(prediction, outcome)) {
        assertThat(record.get("source_partition")).as(id).isEqualTo(isPosition ? 3L : null);
        assertThat(record.get("source_offset")).as(id).isEqualTo(isPosition ? 17L : null);
        assertThat(record.get("request_key").toString()).isEqualTo("k");
      }
    }
    GenericRecord told =
        outcomes.record(
            new Outcome(
                "asked-for-3@17",
                "k",
                "s",
                "m",
                1,
                5,
                0.5,
                Outcome.Status.NO_LABEL,
                Optional.empty(),
                9,
                Optional.of(2),
                Optional.of(40L)));
    assertThat(told.get("source_offset")).isEqualTo(17L);
    assertThat(told.get("label_partition")).isEqualTo(2);
    assertThat(told.get("label_offset")).isEqualTo(40L);
  }

  @Test
  void shouldKeepDeadLettersByTheDayTheyWereRefused() {
    OfflineTable<DeadLetter> table = OfflineTables.deadLetters();
    DeadLetter letter =
        new DeadLetter(
            "visits",
            new Position("visits-topic", 1, 2),
            JUST_BEFORE_MIDNIGHT,
            "malformed",
            "no Avro",
            "bytes".getBytes(StandardCharsets.UTF_8));
    assertThat(table.folder() + "/" + table.partition(letter))
        .isEqualTo("dead-letters/dt=2008-03-09");
    assertThat(values(table.record(letter)).subList(0, 7))
        .containsExactly(
            "visits", "visits-topic", 1, 2L, JUST_BEFORE_MIDNIGHT, "malformed", "no Avro");
  }

  @Test
  void shouldNameTheExpectationsThatATaggedEventFailed() {
    EventSource tagging =
        new EventSource(
            VISITS.name(),
            VISITS.topic(),
            VISITS.schema(),
            VISITS.avro(),
            VISITS.time(),
            VISITS.messageKey(),
            VISITS.history(),
            List.of(
                new Expectation("few", "n < 5", Expectation.OnFail.TAG),
                new Expectation("even", "n % 2 == 0", Expectation.OnFail.TAG),
                new Expectation("known", "who == 'ann'", Expectation.OnFail.DROP)));
    OfflineTable<Known<Event>> table = OfflineTables.events(tagging);
    assertThat(table.schema().getFields())
        .extracting(Schema.Field::name)
        .endsWith("source_offset", "failed_expectations");
    assertThat(values(table.record(visit("bob", 7L)))).endsWith("few,even");
    assertThat(values(table.record(visit("ann", 7L)))).endsWith("few,even");
    assertThat(values(table.record(visit("ann", 4L)))).last().isNull();
    assertThat(values(table.record(visit("ann", null)))).last().isNull();
  }

  private static Known<Event> visit(String who, Long n) {
    return new Known<>(
        new Event("visits", 1000, new Position("visits", 0, 1), Values.of(1000L, who, n)), 99);
  }

  @Test
  void shouldRefuseAColumnThatIsOursAlready() {
    RowSchema schema =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.required("knowledge_time", ValueType.TIMESTAMP)));
    EventSource source =
        TestSources.source("visits", schema, "seen", TestSources.sorted(Path.of("unused")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OfflineTables.events(source))
        .withMessageContaining("two fields named knowledge_time");
  }

  private static List<Object> values(GenericRecord record) {
    List<Object> all = new java.util.ArrayList<>();
    record.getSchema().getFields().forEach(f -> all.add(record.get(f.pos())));
    return all;
  }

  private static long ms(String instant) {
    return Instant.parse(instant).toEpochMilli();
  }
}
