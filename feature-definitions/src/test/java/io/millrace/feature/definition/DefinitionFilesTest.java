package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureView;
import io.millrace.feature.ValueType;
import io.millrace.feature.vector.VectorPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      ---
      kind: FeatureView
      name: card
      version: 1
      entity: {keys: [card]}
      source: payments
      features:
        spent_1h: {sum: amount, window: 1h, resolution: 5m, where: "amount > 0", default: 0}
      ---
      kind: FeatureService
      name: fraud_v1
      request: payments
      features: [card.spent_1h, {name: amount, expr: amount}]
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          topic: payments          # tpic: payments           # definitions.yaml:3:1: unknown key tpic; did you mean topic?
          schema: payment.avsc     # schema: paymnt.avsc      # definitions.yaml:4:9: the Avro schema paymnt.avsc cannot be read; the path is relative to the definitions' folder
          field: at                # field: amount            # definitions.yaml:5:21: event time is a long with logicalType timestamp-millis, but amount is FLOAT64
          disorder: 10s            # disorder: 10             # definitions.yaml:5:35: disorder is a duration such as 30s, 15m, 12h, 7d or 1d12h, but it is 10
          keys: [card]             # keys: [crd]              # definitions.yaml:10:9: payment has no column crd; did you mean card?
          source: payments         # source: paiments         # definitions.yaml:11:9: there is no event source paiments; did you mean payments?
          resolution: 5m           # resolution: 7m           # definitions.yaml:13:51: a sliding window's length must be a positive multiple of its resolution, but they are PT1H and PT7M
          sum: amount              # summ: amount             # definitions.yaml:13:14: unknown key summ; did you mean sum?
          sum: amount              # sum: card                # definitions.yaml:13:19: sum does not take card, which is STRING
          "amount > 0"             # "amont > 0"              # definitions.yaml:13:63: payment has no column amont; did you mean amount?
          "amount > 0"             # "amount + 1"             # definitions.yaml:13:62: where is BOOL, but amount + 1 is FLOAT64
          default: 0               # default: none            # definitions.yaml:13:85: the default of spent_1h must be FLOAT64, but it is none
          card.spent_1h            # card.spent_2h            # definitions.yaml:18:12: there is no feature of card spent_2h; did you mean spent_1h?
          card.spent_1h            # cart.spent_1h            # definitions.yaml:18:12: there is no feature view cart; did you mean card?
          kind: FeatureService     # kind: FeatureServise     # definitions.yaml:15:7: there is no kind of definition FeatureServise; did you mean FeatureService?
          version: 1               # version: one             # definitions.yaml:9:10: version is a whole number from 1, but it is one
          name: card               # name: "${card}"          # definitions.yaml:8:7: the variable card has no value; give it one with --set card=..., or a default: ${card:default}
          version: 1               # version: [               # this is no YAML
          """)
  void shouldNameThePlaceTheValueAndTheFix(String sound, String broken, String expected)
      throws Exception {
    write(SOUND.replace(sound, broken));
    DefinitionException e =
        catchThrowableOfType(
            DefinitionException.class, () -> DefinitionFiles.load(folder, Map.of()));
    assertThat(e).as(broken).isNotNull();
    List<String> problems = e.problems().stream().map(Problem::toString).toList();
    assertThat(problems).anySatisfy(problem -> assertThat(problem).contains(expected));
  }

  @Test
  void shouldTellFiveMistakesAtOnce() throws Exception {
    write(
        SOUND
            .replace("disorder: 10s", "disorder: soon")
            .replace("sum: amount", "sum: card")
            .replace("resolution: 5m", "resolution: 7m")
            .replace("request: payments", "request: orders")
            .replace("keys: [card]", "keys: [amount]"));
    DefinitionException e =
        catchThrowableOfType(
            DefinitionException.class, () -> DefinitionFiles.load(folder, Map.of()));
    assertThat(e.problems()).extracting(Problem::line).contains(5, 10, 13, 17);
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

  private void write(String yaml) throws Exception {
    Files.writeString(folder.resolve("payment.avsc"), SCHEMA);
    Files.writeString(folder.resolve("definitions.yaml"), yaml);
  }
}
