package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.erasure.CardDefinitions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a call is said before anything is told or changed. */
class EraseCommandTest {
  @TempDir Path folder;

  @BeforeEach
  void define() throws Exception {
    Files.createDirectory(folder.resolve("store"));
    CardDefinitions.writeNumbered(folder);
  }

  @Test
  void shouldSayWhatIsWrongBeforeAnythingIsDone() throws Exception {
    refused("shop=s1", "no view has a key column shop; the key columns are [card]");
    refused(
        "card=seven", "the value of card is a whole number of 64 bits, but \"seven\" was given");
    refused("card", "--entity is COLUMN=VALUE, such as tail_num=N14228, but it is card");
    refused("card=7", "names no folder; mend the path", "--online", "rocksdb:/nowhere/at/all");
    refused(
        "card=7",
        "--online is rocksdb:DIR or redis:HOST:PORT, but it is files",
        "--online",
        "files");
    refused("card=7", "leave the subject's value out", "--reason", "ticket of card 7");
    assertThat(run("erase", "--entity", "card=7"))
        .startsWith("2 ")
        .contains("--definitions is missing");
    assertThat(run(erase("card=7", folder.resolve("none"))))
        .startsWith("1 ")
        .contains("there is no offline store at " + folder.resolve("none"))
        .contains("nothing was erased");
    try (var files = Files.list(folder.resolve("store"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void shouldListAnEmptyAuditLog() {
    assertThat(run("audit", "--store", folder.resolve("store").toString()))
        .isEqualTo("0 nothing was asked yet" + System.lineSeparator());
  }

  private void refused(String entity, String message, String... more) {
    List<String> call = new ArrayList<>(List.of(erase(entity, folder.resolve("store"))));
    call.addAll(List.of(more));
    assertThat(run(call.toArray(String[]::new))).startsWith("2 ").contains(message);
  }

  private String[] erase(String entity, Path store) {
    return new String[] {
      "erase",
      "--definitions",
      folder.toString(),
      "--entity",
      entity,
      "--store",
      store.toString(),
      "--bootstrap",
      "127.0.0.1:1",
      "--registry",
      "http://127.0.0.1:1"
    };
  }

  /** The status and what was printed. */
  private static String run(String... arguments) {
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed, true);
    return Millrace.run(out, out, arguments) + " " + printed;
  }
}
