package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.feature.vector.VectorPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionFilesTest {
  private static final Path FLIGHTS = Path.of("flights");
  private static final String SCHEMA =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "amount", "type": ["null", "double"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String SOUND =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at, disorder: 10s}
      key: [card]
      expect: [{name: sane, check: "amount < 1000000.0", on-fail: drop}]
      history: {path: payments.parquet, columns: {at: "paid_s * 1000"}, disorder: 1h}
      ---
      kind: FeatureView
      name: card
      version: 1
      entity: {keys: [card]}
      source: payments
      features:
        spent_1h: {sum: amount, window: 1h, resolution: 5m, where: "amount > 0", default: 0}
        payments: {count: "*"}
      ---
      kind: FeatureService
      name: fraud_v1
      request: payments
      features:
        - card.spent_1h
        - {view: card, features: [payments], keys: {card: card}}
        - {name: amount, expr: amount}
      label: {source: payments, on: [card], value: "amount > 100", horizon: 2d}
      """;

  @TempDir Path folder;

  @Test
  void theFlightsExampleLoads() throws Exception {
    Definitions flights = DefinitionFiles.load(FLIGHTS, Map.of());
    assertThat(flights.sources())
        .extracting(s -> s.name())
        .containsExactly("scheduled", "departed", "arrived", "weather");
    assertThat(flights.views().stream().mapToInt(v -> v.features().size()).sum())
        .isGreaterThanOrEqualTo(20);
    FeatureView tail = flights.view("tail_arrived");
    assertThat(tail.ttl()).contains(Duration.ofDays(3));
    VectorPlan plan = VectorPlan.of(flights.service("delay_v1"), flights);
    assertThat(plan.vectorSchema().fields()).hasSizeGreaterThan(25);
    assertThat(plan.vectorSchema().field(0).type()).isEqualTo(ValueType.STRING);
    assertThat(flights.source("arrived").history().orElseThrow().path())
        .isEqualTo(FLIGHTS.resolve("data/flights_nyc2013_2017.parquet"));
  }

  @Test
  void aVariableChoosesTheData() throws Exception {
    Definitions flights = DefinitionFiles.load(FLIGHTS, Map.of("dataset", "net2008"));
    assertThat(flights.source("arrived").history().orElseThrow().path())
        .isEqualTo(FLIGHTS.resolve("data/flights_net2008.parquet"));
  }

  @Test
  void equalFilesMakeEqualDefinitions() throws Exception {
    write(SOUND);
    assertThat(DefinitionFiles.load(folder, Map.of()))
        .isEqualTo(DefinitionFiles.load(folder, Map.of()));
  }

  @Test
  void shouldRefuseALabelThatMayBeTakenBack() throws Exception {
    List<String> problems =
        problems(SOUND.replace("key: [card]", "key: [card]\nchanges: debezium"));
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0))
        .startsWith("definitions.yaml:27:17: ")
        .contains("the records of payments are changes to a table, and a label is told once")
        .endsWith("and read that as a source without changes");
  }

  @ParameterizedTest(name = "{0} | {1}")
  @MethodSource("brokenDefinitions")
  void shouldNameThePlaceTheValueAndTheFix(String sound, String broken, List<String> expected)
      throws Exception {
    assertThat(SOUND).contains(sound);
    assertThat(problems(SOUND.replace(sound, broken))).isEqualTo(expected);
  }

  static Stream<Arguments> brokenDefinitions() throws IOException {
    String table;
    try (InputStream in = DefinitionFilesTest.class.getResourceAsStream("broken-definitions.txt")) {
      table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return Stream.of(table.strip().split("\n\n"))
        .filter(row -> !row.startsWith("#"))
        .map(row -> row.split("\n"))
        .map(
            lines -> {
              String[] change = lines[0].replace("\\n", "\n").split(" \\| ", 2);
              return Arguments.of(
                  change[0],
                  change[1].equals("''") ? "" : change[1],
                  Stream.of(lines).skip(1).map(String::strip).toList());
            });
  }

  @Test
  void shouldHaveNothingToSayOfWhatTheTableBreaks() throws Exception {
    assertThat(problems(SOUND)).isEmpty();
  }

  @Test
  void shouldTellFiveMistakesAtOnce() throws Exception {
    assertThat(
            problems(
                SOUND
                    .replace("disorder: 10s", "disorder: soon")
                    .replace("sum: amount", "sum: card")
                    .replace("resolution: 5m", "resolution: 7m")
                    .replace("request: payments", "request: orders")
                    .replace("keys: [card]", "keys: [amount]")))
        .containsExactly(
            "definitions.yaml:5:35: disorder is a duration such as 30s, 15m, 12h, 7d or 1d12h,"
                + " but it is soon",
            "definitions.yaml:13:17: the key amount is FLOAT64, which cannot be a key; use another"
                + " column",
            "definitions.yaml:16:19: sum does not take card, which is STRING",
            "definitions.yaml:16:49: a window must be a multiple of its resolution, but they are 1h"
                + " and 7m",
            "definitions.yaml:21:10: there is no event source orders; there are payments");
  }

  @Test
  void shouldNameBothPlacesOfOneName() throws Exception {
    String twice = SOUND + "---\n" + SOUND.substring(SOUND.indexOf("kind: FeatureService"));
    assertThat(problems(twice))
        .containsExactly(
            "definitions.yaml:29:7: FeatureService fraud_v1 is defined before, in definitions.yaml"
                + " line 20; rename one");
  }

  @Test
  void shouldRefuseAKeyThatMayBeNullUnlessTheViewSkipsNulls() throws Exception {
    String nullable = SCHEMA.replace("\"string\"", "[\"null\", \"string\"]");
    assertThat(problems(SOUND, nullable))
        .containsExactly(
            "definitions.yaml:13:17: the key card may be null in payment, and an event without it is"
                + " about nobody; say entity: {keys: [card], nulls: skip} to skip and count such"
                + " events, or use a column that is never null");
    assertThat(problems(SOUND.replace("keys: [card]", "keys: [card], nulls: skip"), nullable))
        .isEmpty();
    assertThat(problems(SOUND.replace("keys: [card]", "keys: [card], nulls: keep")))
        .containsExactly("definitions.yaml:13:31: nulls is skip, or left out, but it is keep");
  }

  @Test
  void shouldPointAtTheWholeOfATextThatTheFileFolds() throws Exception {
    assertThat(
            problems(
                SOUND.replace(
                    "- {name: amount, expr: amount}",
                    "- name: amount\n    expr: >-\n      items +\n      1")))
        .containsExactly(
            "definitions.yaml:26:11: payment has no column items; it has card, amount, at, card__spent_1h,"
                + " card__payments");
  }

  @Test
  void shouldSkipFoldersOfDataAndEmptyDocuments() throws Exception {
    Files.createDirectories(folder.resolve("data/more"));
    Files.writeString(folder.resolve("data/more/other.yaml"), "not: ours");
    Files.writeString(folder.resolve("empty.yml"), "# nothing yet\n---\n---\n");
    assertThat(problems(SOUND)).isEmpty();
  }

  @Test
  void shouldReadASchemaIndentedWithTabs() throws Exception {
    write(SOUND);
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA.replace("  {", "\t\t{"));
    assertThat(DefinitionFiles.load(folder, Map.of()).source("payments").schema().size())
        .isEqualTo(3);
  }

  @Test
  void shouldTellOnceWhatIsWrongInASchemaThatTwoSourcesShare() throws Exception {
    write(
        SOUND
            + "---\n"
            + SOUND.substring(0, SOUND.indexOf("key:")).replace("name: payments", "name: refunds"));
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA.replace("\"double\"", "\"bytes\""));
    assertThat(problems())
        .containsExactly(
            "payment.avsc:3:39: the field amount must be int, long, float, double, string, enum,"
                + " boolean, a long with logicalType timestamp-millis, an array of int, long, float,"
                + " double or string, or a map of float or double, or a union of one with null");
  }

  @Test
  void shouldReadOfChangesAndOfTheGuardsOfTimeAsTheBuilderDoes() throws Exception {
    write(
        SOUND
            .replace(
                "event-time: {field: at, disorder: 10s}",
                "changes: debezium\nevent-time: {field: at, future: 1h, idle: 1m}")
            .replace(
                "label: {source: payments, on: [card], value: \"amount > 100\", horizon: 2d}", ""));
    EventSource source = DefinitionFiles.load(folder, Map.of()).source("payments");
    assertThat(source.changes()).contains(ChangeFormat.DEBEZIUM);
    EventTime time =
        new EventTime(
            "at",
            Duration.ZERO,
            Duration.ZERO,
            Optional.of(Duration.ofHours(1)),
            Optional.of(Duration.ofMinutes(1)));
    assertThat(source.time()).isEqualTo(time);
    EventSource built =
        SourceBuilder.named("payments")
            .schema(SCHEMA)
            .eventTime(time)
            .changes(ChangeFormat.DEBEZIUM)
            .key("card")
            .expect("sane", "amount < 1000000.0", Expectation.OnFail.DROP)
            .history(source.history().orElseThrow())
            .build();
    assertThat(source).isEqualTo(built);
  }

  @Test
  void shouldReadArraysAndMapsAsColumnsOfLists() throws Exception {
    write(SOUND);
    Files.writeString(
        folder.resolve("payment.avsc"),
        SCHEMA.replace(
            "{\"name\": \"at\"",
            """
            {"name": "ids", "type": {"type": "array", "items": "int"}},
            {"name": "vector", "type": ["null", {"type": "array", "items": {"type": "float"}}]},
            {"name": "words", "type": {"type": "array", "items": ["null", "string"]}},
            {"name": "shares", "type": {"type": "map", "values": "double"}},
            {"name": "at\""""));
    assertThat(DefinitionFiles.load(folder, Map.of()).source("payments").schema().fields())
        .contains(
            Field.required("ids", ValueType.INT64_LIST),
            Field.nullable("vector", ValueType.FLOAT64_LIST),
            Field.required("words", ValueType.STRING_LIST),
            Field.required("shares", ValueType.FLOAT64_MAP));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"array\", \"items\": \"boolean\"}",
        "{\"type\": \"array\", \"items\": [\"int\", \"string\"]}",
        "{\"type\": \"array\", \"items\": {\"type\": \"array\", \"items\": \"int\"}}",
        "{\"type\": \"array\", \"items\": {\"type\": \"long\", \"logicalType\":"
            + " \"timestamp-millis\"}}",
        "{\"type\": \"array\"}",
        "{\"type\": \"map\", \"values\": \"string\"}"
      })
  void shouldRefuseArraysAndMapsOfOtherThings(String type) throws Exception {
    write(SOUND);
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA.replace("\"double\"", type));
    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith("payment.avsc:3:39: the field amount must be int, long,");
  }

  @Test
  void shouldRefuseAListAsAKey() throws Exception {
    write(SOUND.replace("key: [card]", "key: [amount]"));
    Files.writeString(
        folder.resolve("payment.avsc"),
        SCHEMA.replace("\"double\"", "{\"type\": \"array\", \"items\": \"long\"}"));
    assertThat(problems())
        .contains(
            "definitions.yaml:6:7: the key amount is INT64_LIST, which cannot be a key; use another"
                + " column");
  }

  @Test
  void shouldSayThatThereIsNothing() {
    DefinitionException e =
        catchThrowableOfType(
            DefinitionException.class,
            () -> DefinitionFiles.load(folder.resolve("none"), Map.of()));
    assertThat(e).hasMessageContaining("there is no such folder");
    e =
        catchThrowableOfType(
            DefinitionException.class, () -> DefinitionFiles.load(folder, Map.of()));
    assertThat(e).hasMessageContaining("there are no definition files (*.yaml) in this folder");
  }

  @Test
  void shouldSayThatTheFilesHoldNoDefinition() throws Exception {
    assertThat(problems("# nothing yet\n---\n"))
        .singleElement()
        .asString()
        .endsWith(
            "there are no definitions in this folder's files; write one such as kind:"
                + " EventSource");
  }

  @Test
  void shouldRefuseFilesThatAreNestedWithoutEnd() throws Exception {
    assertThat(problems("kind: " + "[".repeat(100_000)))
        .containsExactly(
            "definitions.yaml:1:56: this is nested deeper than 50; a definition is 5 deep");
    write(SOUND);
    Files.writeString(folder.resolve("payment.avsc"), "{\"type\": ".repeat(100_000));
    assertThat(problems())
        .contains("payment.avsc:1:451: this is nested deeper than 50; a definition is 5 deep");
  }

  private void write(String yaml) throws Exception {
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA);
    Files.writeString(folder.resolve("definitions.yaml"), yaml);
  }

  private List<String> problems(String yaml) throws Exception {
    return problems(yaml, SCHEMA);
  }

  private List<String> problems(String yaml, String schema) throws Exception {
    write(yaml);
    Files.writeString(folder.resolve("payment.avsc"), schema);
    return problems();
  }

  private List<String> problems() {
    try {
      DefinitionFiles.load(folder, Map.of());
      return List.of();
    } catch (DefinitionException e) {
      return e.problems().stream().map(Problem::toString).toList();
    }
  }
}
