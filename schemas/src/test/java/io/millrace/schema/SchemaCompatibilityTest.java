package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaCompatibilityTest {
  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();

  private static String record(String fields) {
    return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + fields + "]}";
  }

  private static String field(String name, String type) {
    return "{\"name\":\"" + name + "\",\"type\":" + type + "}";
  }

  private void firstVersion(String fields) {
    registry.requireBackward("s-value");
    registry.register("s-value", record(fields));
  }

  @Test
  void shouldNameTheNewFieldWithoutADefault() {
    firstVersion(field("a", "\"int\""));

    assertThatThrownBy(
            () ->
                registry.register(
                    "s-value", record(field("a", "\"int\"") + "," + field("b", "\"int\""))))
        .isInstanceOf(IncompatibleSchemaException.class)
        .hasMessageStartingWith(
            "the schema was refused as the next version of s-value: the new field b has no"
                + " default");
    assertThat(registry.incompatibility("s-value", record(field("a", "\"long\"")))).isEmpty();
  }

  @Test
  void shouldNameEveryFieldWhoseTypeChanged() {
    firstVersion(
        field("a", "\"string\"")
            + ","
            + field("b", "[\"null\",\"string\"]")
            + ","
            + field("c", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\",\"Y\"]}"));

    String next =
        record(
            field("a", "\"int\"")
                + ","
                + field("b", "[\"null\",\"long\"]")
                + ","
                + field("c", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\"]}"));

    assertThat(registry.incompatibility("s-value", next))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .contains("the field a changed its type")
                    .contains("the field b changed its type")
                    .contains("the field c lost symbols: [Y]"));
  }

  @Test
  void shouldSayWhichRegistryCannotBeAsked() {
    SchemaRegistry nobody = new ConfluentSchemaRegistry("http://127.0.0.1:1/api", Map.of());

    assertThatThrownBy(() -> nobody.schemaById(1))
        .isInstanceOf(SchemaRegistryException.class)
        .hasMessageStartingWith(
            "the schema registry at http://127.0.0.1:1/api could not be asked for schema 1: ");
  }
}
