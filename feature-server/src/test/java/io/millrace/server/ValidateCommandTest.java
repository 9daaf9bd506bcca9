package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  private static final String SOURCE =
      """
      kind: EventSource
      name: payments
      topic: ${topic}
      schema: payment.avsc
      event-time: {field: at, disorder: 10s}
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @BeforeEach
  void writeSchema() throws IOException {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
  }

  @Test
  void shouldEndWithZeroAndASummaryWhenThereIsNoMistake() throws IOException {
    write(SOURCE);

    assertThat(run("--set", "topic=payments")).isZero();

    assertThat(out.toString().strip())
        .isEqualTo(folder + " is valid: 1 event source, 0 feature views, 0 feature services");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void shouldPrintEveryMistakeWithItsPlace() throws IOException {
    write(SOURCE.replace("10s", "10").replace("name: payments", "nme: payments"));

    assertThat(run()).isEqualTo(1);

    assertThat(out.toString().lines())
        .anyMatch(line -> line.contains("definitions.yaml:2:") && line.contains("nme"))
        .anyMatch(line -> line.contains("definitions.yaml:3:") && line.contains("--set topic="))
        .anyMatch(line -> line.contains("definitions.yaml:5:") && line.contains("disorder"))
        .last()
        .asString()
        .endsWith(" mistakes in " + folder);
  }

  @Test
  void shouldPrintOneJsonObjectWhenAsked() throws IOException {
    write(SOURCE);

    assertThat(run("--json")).isEqualTo(1);

    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(result.get("valid").booleanValue()).isFalse();
    assertThat(result.get("problems")).isNotEmpty();
    assertThat(result.at("/problems/0/file").textValue()).isEqualTo("definitions.yaml");
    assertThat(result.at("/problems/0/line").intValue()).isEqualTo(3);
    assertThat(result.at("/problems/0/message").textValue()).contains("topic has no value");
  }

  private void write(String yaml) throws IOException {
    Files.writeString(folder.resolve("definitions.yaml"), yaml);
  }

  private int run(String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "validate";
    arguments[1] = folder.toString();
    System.arraycopy(options, 0, arguments, 2, options.length);
    return Millrace.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }
}
