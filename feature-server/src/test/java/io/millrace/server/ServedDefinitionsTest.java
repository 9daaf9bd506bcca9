package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.offline.OfflineException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

class ServedDefinitionsTest {
  @TempDir Path folder;

  @Test
  void shouldServeTheVersionThatHoldsAtEachMoment() throws Exception {
    ServedDefinitions served = of(Optional.empty(), Optional.of(store()));
    assertThatThrownBy(served::load)
        .isInstanceOf(OfflineException.class)
        .hasMessage("nothing is applied in " + store() + "; run millrace apply");

    apply(1);
    assertThat(served.load().view("card").id()).isEqualTo("card_v1");
    apply(2);
    assertThat(served.load().view("card").id()).isEqualTo("card_v2");
    run("switch", "--store", store().toString(), "--to", "1");
    assertThat(served.load().view("card").id()).isEqualTo("card_v1");
    assertThat(served.folder()).isEqualTo(store().resolve("_definitions")).isDirectory();
  }

  @Test
  void shouldWantFilesOrAStoreAndNotBoth() {
    assertThatThrownBy(() -> of(Optional.empty(), Optional.empty()))
        .isInstanceOf(ParameterException.class)
        .hasMessageStartingWith("--definitions is missing, or --applied");
    assertThatThrownBy(() -> of(Optional.of(folder), Optional.of(store())))
        .isInstanceOf(ParameterException.class)
        .hasMessageEndingWith("leave one of them out");
  }

  private static ServedDefinitions of(Optional<Path> files, Optional<Path> applied) {
    CommandSpec command = CommandSpec.create();
    assertThat(new CommandLine(command).getCommandSpec()).isSameAs(command);
    return ServedDefinitions.of(command, files, applied, new DefinitionOptions());
  }

  private Path store() {
    return folder.resolve("store");
  }

  private void apply(int version) throws Exception {
    Path definitions = Files.createDirectories(folder.resolve("definitions"));
    Files.writeString(
        definitions.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        definitions.resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at}
        ---
        kind: FeatureView
        name: card
        version: %d
        entity: {keys: [card]}
        source: payments
        features:
          payments_1h: {count: "*", window: 1h, resolution: 5m}
        """
            .formatted(version));
    run("apply", definitions.toString(), "--store", store().toString());
  }

  private static void run(String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    assertThat(Millrace.run(out, out, arguments)).as(text.toString()).isZero();
  }
}
