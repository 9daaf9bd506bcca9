package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class DefinitionSchemaTest {
  private static final String VIEW =
      """
      kind: FeatureView
      name: card
      version: 1
      entity: {keys: [card]}
      source: payments
      ttl: 2d
      features:
        spent_1h: {sum: amount, window: 1h, resolution: 5m, where: "amount > 0", default: 0}
      """;
  private static final String SERVICE =
      """
      kind: FeatureService
      name: fraud_v1
      request: payments
      features: [card.spent_1h, {view: card, features: "*", keys: {card: payer}}, {name: amount, expr: amount}]
      label: {source: disputes, on: [id], value: "disputed", horizon: 30d}
      """;

  @ParameterizedTest
  @ValueSource(strings = {"sources.yaml", "views.yaml", "services.yaml"})
  void shouldAcceptTheFlights(String file) throws IOException {
    assertThat(mistakes(Files.readString(Path.of("flights", file)))).isEmpty();
  }

  @Test
  void theSchemaBesideTheExampleIsTheOneThatIsTestedHere() throws IOException {
    Path published = Path.of("flights", "definitions.schema.json");
    String text;
    try (InputStream in = DefinitionFiles.class.getResourceAsStream("millrace.schema.json")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (Boolean.getBoolean("millrace.write-docs")) {
      Files.writeString(published, text);
    }
    assertThat(Files.readString(published))
        .as(published + "; write it anew with -Dmillrace.write-docs=true")
        .isEqualTo(text);
  }

  @Test
  void shouldAcceptWhatTheRowsBelowBreak() throws IOException {
    assertThat(mistakes(VIEW)).isEmpty();
    assertThat(mistakes(VIEW.replace("ttl: 2d", "join: {shop: {view: shop, keys: {shop: at}}}")))
        .isEmpty();
    assertThat(mistakes(VIEW.replace("source: payments", "source: {view: shop}"))).isEmpty();
    assertThat(mistakes(SERVICE.replace("{view: card,", "{view: card, as: payer,"))).isEmpty();
    assertThat(mistakes(SERVICE)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          kind: FeatureView   # kind: FeatureVeiw          # $.kind: does not have a value in the enumeration ["EventSource", "FeatureView", "FeatureService"]
          version: 1          # version: 0                 # $.version: must have a minimum value of 1
          ttl: 2d             # tll: 2d                    # $: property 'tll' is not defined in the schema and the schema does not allow additional properties
          ttl: 2d             # ttl: 2 days                # $.ttl: does not match the regex pattern ^(([0-9]{1,9}(ms|s|m|h|d))+|.*\\$\\{.*)$
          source: payments    #                            # $: required property 'source' not found
          {keys: [card]}      # {keys: []}                 # $.entity.keys: must have at least 1 items but found 0
          sum: amount         # sum: amount, avg: amount   # $.features.spent_1h: must be valid to one and only one schema, but 2 are valid with indexes '1, 2'
          window: 1h,         # ''                         # $.features.spent_1h: has a missing property 'window' which is dependent required because 'resolution' is present
          ttl: 2d             # join: {shop: {keys: {}}}   # $.join.shop: required property 'view' not found
          sum: amount         # count: amount              # $.features.spent_1h.count: must be the constant value '*'
          """)
  void shouldRefuseBrokenViews(String sound, String broken, String expected) throws IOException {
    assertThat(VIEW).contains(sound);
    assertThat(mistakes(VIEW.replace(sound, broken == null ? "" : broken))).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          request: payments   # request: [payments]   # $.request: array found, [string, boolean] expected
          horizon: 30d        # horizont: 30d         # $.label: required property 'horizon' not found
          card.spent_1h       # spent_1h              # $.features[0]: does not match the regex pattern ^([^.\\s]+\\.[^.\\s]+|.*\\$\\{.*)$
          """)
  void shouldRefuseBrokenServices(String sound, String broken, String expected) throws IOException {
    assertThat(SERVICE).contains(sound);
    assertThat(mistakes(SERVICE.replace(sound, broken))).contains(expected);
  }

  private static List<String> mistakes(String yaml) throws IOException {
    JsonSchema schema;
    try (InputStream in = DefinitionFiles.class.getResourceAsStream("millrace.schema.json")) {
      schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
    }
    List<String> mistakes = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      JsonNode node = new ObjectMapper().valueToTree(document);
      schema.validate(node).stream().map(ValidationMessage::getMessage).forEach(mistakes::add);
    }
    return mistakes;
  }
}
