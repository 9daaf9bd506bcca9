package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Values;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A subject is erased from a job that runs, and every byte that is left is searched for it. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class EraseTest {
  private static final String SUBJECT = "Zebedee-4711";
  private static final int CARDS = 40;
  private static final int EVENTS = 4_000;
  private static final long SEED = 20261121;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temp;
  private CardsRun run;

  @Test
  void shouldLeaveNoTraceOfASubjectAndEverythingOfTheOthers() throws Exception {
    try (CardsRun cards = CardsRun.open(temp)) {
      run = cards;
      drill();
    }
  }

  private void drill() throws Exception {
    Process job = start(Optional.empty());
    try {
      sendHistory();
      run.await("all events are stored", () -> stored().count("payments") == EVENTS + 2);
      run.await(
          "its dead letter is stored",
          () -> stored().count("dead_letters WHERE reason = 'positive'") == 1);
      run.await(
          "sums that are no long are told: its own, and of the shop",
          () -> stored().count("dead_letters WHERE reason = 'overflow'") == 3);
      run.await("rows are online", () -> run.online(SUBJECT) != null);
      run.await("all rows are stored", this::isStill);
      assertThat(places()).contains("online", "checkpoints");
      assertThat(allRows()).as("the search finds it").contains(SUBJECT);
      Map<String, List<String>> before = rowsOfOthers();
      List<Values> onlineBefore = onlineOfOthers();
      String savepoint = savepoint();

      assertThat(StoreByCommand.millrace(2, erase("carrd=" + SUBJECT)))
          .contains("no view has a key column carrd; the key columns are [card, shop]");
      assertThat(StoreByCommand.millrace(0, erase("card=nobody"))).contains("nothing found");
      Path receipt = temp.resolve("receipt.json");
      List<String> command = new ArrayList<>(erase("card=" + SUBJECT));
      command.addAll(List.of("--requested-by", "ann", "--reason", "#17"));
      command.addAll(List.of("--receipt", receipt.toString()));
      assertThat(StoreByCommand.millrace(0, command)).contains("erased; the receipt is " + receipt);

      JsonNode said = JSON.readTree(receipt.toFile()).path("receipt");
      String drill = "seed " + SEED + ", " + said;
      assertThat(said.path("complete").asBoolean()).as(drill).isTrue();
      assertThat(said.at("/jobs/features cards_v1/checkpoint").asLong()).as(drill).isPositive();
      assertThat(
              StoreByCommand.millrace(
                  0,
                  List.of("erase", "verify", receipt.toString(), "--key", publicKey().toString())))
          .contains(said.path("erasure").asText());
      run.await("no byte of it is left, " + drill, () -> places().isEmpty());
      assertThat(allRows()).as(drill).doesNotContain(SUBJECT);
      assertThat(run.online(SUBJECT)).as(drill).isNull();
      assertThat(stored().count("dead_letters WHERE reason = 'overflow'"))
          .as("the shop's")
          .isEqualTo(1);
      assertThat(rowsOfOthers()).as(drill).isEqualTo(before);
      assertThat(onlineOfOthers()).as(drill).isEqualTo(onlineBefore);
      assertThat(StoreByCommand.millrace(0, List.of("audit", "--store", store().toString())))
          .contains("ann  erase ", "ann  erased ", "unbroken")
          .doesNotContain(SUBJECT);

      // What is of before is refused, however often it comes; what comes later is of a new subject.
      run.send(SUBJECT, "s1", 5, Instant.now().minusSeconds(3_000));
      run.send(SUBJECT, "s1", 7, run.now());
      run.push();
      run.await("a new subject begins", () -> run.online(SUBJECT) != null);
      assertThat(run.online(SUBJECT).longAt(0)).as("spent").isEqualTo(7);

      CardsRun.stop(job);
      job = start(Optional.of(savepoint));
      // The savepoint has the subject, and all events since are read again.
      run.send("other", "s1", 1, run.now());
      run.push();
      run.await("the job goes on", () -> run.online("other") != null);
      run.await("its rows are stored", () -> stored().count("card_v1 WHERE card = 'other'") > 0);
      assertThat(stored().count("dead_letters WHERE reason = 'erased'")).as("refused").isPositive();
      assertThat(run.online(SUBJECT).longAt(1)).as("payments").isEqualTo(1);
      assertThat(
              stored().number("SELECT max(payments) FROM card_v1 WHERE card = '" + SUBJECT + "'"))
          .isEqualTo(1);

      // Without the job the subject is refused and nobody says that it is gone.
      CardsRun.stop(job);
      List<String> impatient = new ArrayList<>(erase("card=c0"));
      impatient.addAll(List.of("--wait", "PT1S"));
      assertThat(StoreByCommand.millrace(1, impatient))
          .contains("incomplete; the receipt is ")
          .contains("remains: state in job features cards_v1 until it did not obey (CLOSE)");
      assertThat(run.online("c0")).as("online").isNull();
      Path restored = run.newestCheckpoint();
      Instant restarted = Instant.now();
      job = start(Optional.of(restored.toString()));
      // Those of the runs before still have it.
      assertThat(StoreByCommand.millrace(1, erase("card=c0")))
          .contains("remains: perhaps states in the checkpoint or savepoint " + restored);
      run.deleteAllCheckpointsBut(run.jobId());
      run.await("what was half written is deleted", () -> deleteHalfWritten(restarted));
      assertThat(StoreByCommand.millrace(0, erase("card=c0"))).contains("the receipt is ");
      // Refused until the job hears that it is done, before its next checkpoint.
      run.await(
          "a new subject begins there too",
          () -> {
            run.send("c0", "s1", 3, run.now());
            run.push();
            return run.online("c0") != null;
          });
      Values begun = run.online("c0");
      assertThat(begun.longAt(0)).as("spent by " + begun).isEqualTo(3 * begun.longAt(1));
    } finally {
      CardsRun.stop(job);
    }
  }

  private void sendHistory() throws Exception {
    Random random = new Random(SEED);
    Instant at = Instant.now().minusSeconds(5_000);
    for (int i = 0; i < EVENTS; i++) {
      at = at.plusMillis(1_000);
      String card = i % 50 == 7 ? SUBJECT : "c" + random.nextInt(CARDS);
      run.send(card, "s" + random.nextInt(3), random.nextInt(1_000), at);
    }
    run.send(SUBJECT, "s9", Long.MAX_VALUE, at.plusMillis(1_000));
    run.send(SUBJECT, "s9", Long.MAX_VALUE, at.plusMillis(2_000));
    run.send(SUBJECT, "s1", -1, Instant.now());
    run.push();
  }

  private List<String> erase(String entity) {
    return run.erase(entity, store().toString());
  }

  private Process start(Optional<String> restore) throws IOException {
    return run.start(store().toString(), restore, Map.of());
  }

  /** Of the state with the subject, where erasing does not reach. */
  private String savepoint() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    URI root = run.jobs();
    String job = run.jobId();
    URI savepoints = root.resolve(job + "/savepoints");
    String body =
        "{\"cancel-job\": false, \"target-directory\": \""
            + temp.resolve("savepoints").toUri()
            + "\"}";
    String trigger =
        CardsRun.ask(
                client,
                HttpRequest.newBuilder(savepoints)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build())
            .path("request-id")
            .asText();
    String[] location = new String[1];
    run.await(
        "the savepoint is made",
        () -> {
          JsonNode answer =
              CardsRun.ask(
                  client,
                  HttpRequest.newBuilder(root.resolve(job + "/savepoints/" + trigger)).build());
          location[0] = answer.at("/operation/location").asText();
          return !location[0].isEmpty();
        });
    return location[0];
  }

  /** What runs before had begun when they were killed. */
  private boolean deleteHalfWritten(Instant before) throws IOException {
    try (Stream<Path> files = Files.walk(store())) {
      for (Path file : files.filter(one -> one.toString().contains(".inprogress.")).toList()) {
        if (Files.exists(file) && Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
          Files.delete(file);
        }
      }
    }
    return true;
  }

  /** Which of the folders have the subject's bytes. */
  private List<String> places() throws IOException {
    List<String> found = new ArrayList<>();
    for (String folder : List.of("online", "checkpoints", "offline", "flink-tmp", "receipt.json")) {
      if (!SubjectSearch.filesWith(SUBJECT, List.of(temp.resolve(folder))).isEmpty()) {
        found.add(folder);
      }
    }
    return found;
  }

  private List<String> tables() {
    return List.of("payments", "card_v1", "card_shop_v1", "shop_v1", "dead_letters");
  }

  /** Every column of every row. */
  private String allRows() {
    StringBuilder all = new StringBuilder();
    tables().forEach(table -> all.append(stored().sql("SELECT * FROM " + table)));
    return all.toString();
  }

  private Map<String, List<String>> rowsOfOthers() {
    Map<String, List<String>> rows = new TreeMap<>();
    for (String table : List.of("payments", "card_v1", "card_shop_v1", "shop_v1")) {
      rows.put(
          table,
          stored()
              .sql("SELECT * FROM " + table)
              .lines()
              .filter(line -> !line.contains(SUBJECT))
              .sorted()
              .toList());
    }
    return rows;
  }

  /** Whether no row came for two checkpoints and more. */
  private boolean isStill() {
    long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    long rows = stored().count("card_v1") + stored().count("card_shop_v1");
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      if (stored().count("card_v1") + stored().count("card_shop_v1") != rows) {
        return false;
      }
    }
    return true;
  }

  private List<Values> onlineOfOthers() {
    return run.onlineOf(Stream.iterate(0, i -> i + 1).limit(CARDS).map(i -> "c" + i).toList());
  }

  private Path publicKey() {
    return store().resolve("_erasure/receipt-key.pub");
  }

  private StoreByCommand stored() {
    return new StoreByCommand(store());
  }

  private Path store() {
    return temp.resolve("offline");
  }
}
