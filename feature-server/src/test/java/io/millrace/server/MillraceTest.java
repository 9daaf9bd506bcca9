package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MillraceTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "validate",
        "plan",
        "apply",
        "features",
        "replay",
        "train",
        "training-set",
        "worker",
        "retrain",
        "models",
        "parity",
        "serve",
        "sql",
        "backfill",
        "compare",
        "switch",
        "offline",
        "erase",
        "audit"
      })
  void shouldShowAnExampleInTheHelpOfEveryCommand(String command) {
    assertThat(run(command, "--help")).isZero();

    assertThat(out.toString())
        .contains("Usage: millrace " + command)
        .containsPattern("Examples?:\n  millrace " + command + " ");
  }

  @ParameterizedTest
  @CsvSource({"offline, verify", "offline, fetch", "models, promote", "erase, verify"})
  void shouldHelpWithACommandWithinAnotherThoughWhatThatNeedsIsMissing(String outer, String inner) {
    assertThat(run(outer, inner, "--help")).as("%s", err).isZero();

    assertThat(out.toString())
        .contains("Usage: millrace " + outer + " " + inner)
        .containsPattern("Examples?:\n  millrace " + outer + " ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void shouldNameThePlaceThatCannotBeWritten() {
    String file = folder.resolve("none/features.md").toString();
    String flights = Path.of("..", "feature-definitions", "flights").toString();
    assertThat(run("features", flights, "--out", file)).isEqualTo(1);
    assertThat(err)
        .hasToString(
            "millrace: there is no "
                + file
                + ", or not its folder; mend the path (--debug shows where)"
                + System.lineSeparator());
  }

  @Test
  void shouldEndWithTwoAndTheCommandsWhenNoneIsNamed() {
    assertThat(run()).isEqualTo(2);

    assertThat(err)
        .hasToString(
            "millrace: Name a command: demo, validate, plan, apply, switch, features, replay, train, training-set, backfill, compare, worker, retrain, models, parity, serve, sql, offline, erase, audit. See \"millrace --help\"."
                + System.lineSeparator());
  }

  @Test
  void shouldSuggestTheCommandThatWasMeant() {
    assertThat(run("repaly")).isEqualTo(2);

    assertThat(err.toString()).contains("'repaly'; did you mean", "replay");
  }

  @Test
  void shouldExplainASpeedThatIsNone() {
    assertThat(
            run(
                "replay",
                "--definitions",
                "d",
                "--bootstrap",
                "b",
                "--registry",
                "r",
                "--speed",
                "fast"))
        .isEqualTo(2);

    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("--speed", "\"fast\" is not a speed; write 1x, 3600x")
        .endsWith("See \"millrace replay --help\".");
  }

  @Test
  void shouldTakeADurationAsDefinitionsWriteItAndExplainOneThatIsNone() {
    String[] command = {"serve", "--definitions", "none", "--online", "rocksdb:none", "--warm-up"};

    assertThat(run(with(command, "soon"))).isEqualTo(2);
    assertThat(err.toString())
        .contains("--warm-up", "\"soon\" is not one; write a duration such as 30s, 15m,");
    run(with(command, "1s"));
    run(with(command, "PT1S"));
    assertThat(err.toString()).containsOnlyOnce("--warm-up");
  }

  private static String[] with(String[] words, String last) {
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = last;
    return all;
  }

  @Test
  void shouldExplainATimeThatIsNone() {
    assertThat(
            run(
                "replay",
                "--definitions",
                "d",
                "--bootstrap",
                "b",
                "--registry",
                "r",
                "--from",
                "yesterday"))
        .isEqualTo(2);

    assertThat(err.toString())
        .contains("\"yesterday\" is not a time; write 2022-03-01 or 2022-03-01T12:00:00Z");
  }

  @Test
  void shouldRefuseARangeThatEndsBeforeItBegins() {
    assertThat(
            run(
                "replay",
                "--definitions",
                "d",
                "--bootstrap",
                "b",
                "--registry",
                "r",
                "--from",
                "2022-03-02",
                "--to",
                "2022-03-01"))
        .isEqualTo(2);

    assertThat(err.toString())
        .contains("--from 2022-03-02T00:00:00Z must be before --to 2022-03-01T00:00:00Z");
  }

  @Test
  void shouldNameTheFolderThatIsNone() {
    Path missing = folder.resolve("missing");

    assertThat(run("validate", missing.toString())).isEqualTo(2);

    assertThat(err)
        .hasToString(
            "millrace: "
                + missing
                + " is not a folder; name one that holds definition files (*.yaml). See"
                + " \"millrace validate --help\"."
                + System.lineSeparator());
  }

  @Test
  void shouldShowTheStackTraceOfMisuseOnlyWhenAsked() {
    String missing = folder.resolve("missing").toString();

    run("validate", missing, "--debug");

    assertThat(err.toString()).contains("\tat io.millrace.server.DefinitionOptions.load");
  }

  private int run(String... arguments) {
    return Millrace.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }
}
