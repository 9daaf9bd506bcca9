package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.AuditLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsCommandTest {
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  private int run(String... words) {
    return Millrace.run(
        new PrintWriter(new StringWriter(), true), new PrintWriter(err, true), words);
  }

  @Test
  void shouldFailWithThePlaceWhenThereIsNoSuchModel() {
    assertThat(run("models", "--models", folder.toString(), "--model", "delay", "list"))
        .isEqualTo(1);

    assertThat(err.toString().strip())
        .isEqualTo("millrace: " + folder + " has no model delay; it has []");
  }

  @Test
  void shouldEndWithTwoWhenNoCommandIsNamed() {
    assertThat(run("models", "--models", folder.toString(), "--model", "delay")).isEqualTo(2);

    assertThat(err.toString()).contains("Name a command: ", "list", "promote", "rollback", "show");
  }

  @Test
  void shouldAskForTheRegistryWhereJobsAreToBeTold() {
    java.io.File version = folder.resolve("delay/1").toFile();
    assertThat(version.mkdirs()).isTrue();

    int status =
        run(
            "models",
            "--models",
            folder.toString(),
            "--model",
            "delay",
            "--bootstrap",
            "x:1",
            "rollback");

    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains("--bootstrap and --registry go together");
  }

  @Test
  void shouldNoteInAStoreThatIsNamedWhoAsked() throws Exception {
    Files.createDirectories(folder.resolve("delay/1"));
    Path store = folder.resolve("store");
    String[] rollback = {
      "models",
      "--models",
      folder.toString(),
      "--model",
      "delay",
      "--store",
      store.toString(),
      "rollback"
    };
    assertThat(run(rollback)).isEqualTo(1);
    assertThat(err.toString()).contains("there is no offline store at " + store);
    assertThat(store).doesNotExist();

    Files.createDirectory(store);
    assertThat(run(rollback)).as("there is no version before").isEqualTo(1);
    assertThat(new AuditLog(new OfflineStore(store), InstantSource.system()).read())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.who()).isEqualTo(System.getProperty("user.name"));
              assertThat(entry.what() + " " + entry.details())
                  .isEqualTo("models rollback {\"from\":0,\"model\":\"delay\"}");
            });
  }
}
