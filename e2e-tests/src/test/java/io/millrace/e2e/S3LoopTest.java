package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import io.millrace.server.platform.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A feature job whose offline store lies on an S3 server: it is killed and goes on, the store is
 * read, and a subject is erased from it while the job runs. The commands run as the launcher runs
 * them.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class S3LoopTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final String SUBJECT = "Zebedee-4711";
  private static final int EVENTS = 3_000;
  private static final int CARDS = 20;
  private static final long SEED = 20_261_122;
  private static final String EVENTS_TABLE = "events/payments";

  @TempDir Path temp;
  private final Random random = new Random(SEED);
  private final List<String> sent = new ArrayList<>();
  private CardsRun run;
  private BucketServer bucket;
  private Instant at = Instant.now().minusSeconds(2L * EVENTS).truncatedTo(ChronoUnit.MILLIS);

  @Test
  void shouldHoldEveryEventOnceAndNothingOfAnErasedSubject() throws Exception {
    try (CardsRun cards = CardsRun.open(temp);
        BucketServer server = BucketServer.start(cards.work())) {
      run = cards;
      bucket = server;
      Process job = run.start(store(), Optional.empty(), bucket.environment());
      try {
        send(EVENTS / 3);
        run.await("the first are stored", () -> stored() >= EVENTS / 3);
        send(EVENTS / 3);
        run.await("some of the next are stored", () -> stored() > EVENTS / 3);
        send(EVENTS / 3);
        CardsRun.stop(job);
        long atKill = stored();
        job =
            run.start(
                store(), Optional.of(run.newestCheckpoint().toString()), bucket.environment());
        run.await("all are stored", () -> stored() >= EVENTS);
        drill("seed " + SEED + ", killed with " + atKill + " of " + EVENTS + " stored");
      } finally {
        CardsRun.stop(job);
      }
    }
  }

  private void drill(String drill) throws Exception {
    StoreByCommand before = fetched(drill);
    assertThat(payments(before)).as(drill).isEqualTo(sorted(sent));
    assertThat(
            before.number("SELECT count(DISTINCT (source_partition, source_offset)) FROM payments"))
        .as(drill)
        .isEqualTo(EVENTS);
    assertThat(trainingSet())
        .as(drill)
        .isEqualTo(
            sent.stream()
                .filter(row -> row.startsWith("c"))
                .collect(
                    Collectors.groupingBy(
                        row -> row.substring(0, row.indexOf(',')), Collectors.counting())));
    assertThat(found()).as("the search finds it").isNotEmpty();
    run.deleteAllCheckpointsBut(run.jobId());

    List<String> erase = new ArrayList<>(run.erase("card=" + SUBJECT, store()));
    erase.addAll(List.of("--requested-by", "ann", "--reason", "#17"));
    String erased = reaching(erase);

    Path receipts = bucket.objects("offline/_erasure/receipts");
    String id;
    try (var files = Files.list(receipts)) {
      id = files.findFirst().orElseThrow().getFileName().toString().replace(".json", "");
    }
    assertThat(erased).contains("erased; the receipt is " + store() + "/_erasure/receipts/" + id);
    JsonNode said =
        new ObjectMapper().readTree(reaching(List.of("erase", "--store", store(), "verify", id)));
    assertThat(said.path("complete").asBoolean()).as("%s, %s", drill, said).isTrue();
    assertThat(said.at("/jobs/features cards_v1/checkpoint").asLong()).as(drill).isPositive();
    long of = sent.stream().filter(row -> row.startsWith(SUBJECT)).count();
    assertThat(said.path("tables"))
        .as("%s, %s", drill, said)
        .anySatisfy(
            table -> {
              assertThat(table.path("table").asText()).isEqualTo(EVENTS_TABLE);
              assertThat(table.path("rows").asLong()).isEqualTo(of);
              assertThat(table.path("snapshot-after").asLong())
                  .isGreaterThan(table.path("snapshot-before").asLong());
            });
    assertThat(said.path("remains").toString())
        .contains("older versions of them, if the bucket of " + store() + " keeps versions")
        .as("the copy that was fetched")
        .contains(temp.resolve("before").toString());
    run.await("no byte of it is in the bucket, " + drill, () -> found().isEmpty());
    assertThat(reaching(List.of("audit", "--store", store())))
        .contains("ann  erase ", "ann  erased ", "unbroken")
        .doesNotContain(SUBJECT);

    // The job goes on, and refuses what is of before.
    run.send("other", "s1", 1, run.now());
    run.send(SUBJECT, "s1", 1, at);
    run.push();
    sent.removeIf(row -> row.startsWith(SUBJECT));
    run.await("the next is stored", () -> stored() > sent.size());
    // The server's folder is a store as well.
    StoreByCommand after = new StoreByCommand(bucket.objects("offline"));
    sent.add(payments(after).stream().filter(row -> row.startsWith("other")).findFirst().get());
    assertThat(payments(after)).as(drill).isEqualTo(sorted(sent));
    for (String table : List.of("payments", "card_v1", "card_shop_v1", "shop_v1")) {
      assertThat(after.sql("SELECT * FROM " + table)).as(drill).doesNotContain(SUBJECT);
    }
    assertThat(found()).as(drill).isEmpty();
  }

  /** A copy of the newest snapshots, all of which are right. */
  private StoreByCommand fetched(String drill) throws Exception {
    assertThat(millrace(List.of("offline", "--store", store(), "verify")))
        .as(drill)
        .contains(EVENTS_TABLE + " snapshot ")
        .contains(" 0 offsets twice, 0 not here: right\n");
    Path copy = temp.resolve("before");
    reaching(List.of("offline", "--store", store(), "fetch", "--out", copy.toString()));
    return new StoreByCommand(copy);
  }

  private static List<String> payments(StoreByCommand store) {
    return sorted(
        store
            .sql("SELECT card, shop, amount, epoch_ms(\"at\") FROM payments")
            .lines()
            .skip(1)
            .toList());
  }

  /** By card, how many payments a training set of the copy knows of. */
  private Map<String, Long> trainingSet() throws Exception {
    Path spine = temp.resolve("spine.csv");
    StringBuilder rows = new StringBuilder("card,shop,asked_at\n");
    for (int i = 0; i < CARDS; i++) {
      rows.append("c" + i + ",s1,").append(at.plusSeconds(1)).append('\n');
    }
    Files.writeString(spine, rows);
    Path out = temp.resolve("training");
    StoreByCommand.millrace(
        0,
        List.of(
            "training-set",
            "--definitions",
            run.definitionFolder().toString(),
            "--service",
            CardsRun.SERVICE,
            "--spine",
            spine.toString(),
            "--time",
            "asked_at",
            "--store",
            temp.resolve("before").toString(),
            "--out",
            out.toString()));
    Map<String, Long> known = new TreeMap<>();
    try (ParquetRowReader reader = ParquetRowReader.open(out.resolve("part-00000.parquet"))) {
      reader.select(List.of("card", "card__payments"));
      while (reader.next()) {
        known.put(reader.row().textAt(0), reader.row().longAt(1));
      }
    }
    return known;
  }

  private void send(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      at = at.plusMillis(1_000);
      String card = random.nextInt(20) == 7 ? SUBJECT : "c" + random.nextInt(CARDS);
      String shop = "s" + random.nextInt(3);
      long amount = random.nextInt(1_000);
      run.send(card, shop, amount, at);
      sent.add(card + "," + shop + "," + amount + "," + at.toEpochMilli());
    }
    run.beat(at);
  }

  private static List<String> sorted(List<String> rows) {
    List<String> sorted = new ArrayList<>(rows);
    Collections.sort(sorted);
    return sorted;
  }

  private String store() {
    return bucket.uri("offline");
  }

  /** How many events the newest snapshot has. */
  private long stored() {
    return new TableSnapshots(
            new LocalStoreFiles(bucket.objects("offline").resolve(EVENTS_TABLE)),
            InstantSource.system())
        .latest()
        .map(Snapshot::rows)
        .orElse(0L);
  }

  /** Whatever the server keeps that has the subject. */
  private List<Path> found() throws IOException {
    return SubjectSearch.filesWith(SUBJECT, List.of(bucket.everything()));
  }

  /** As the launcher runs it: without Flink, so that it runs a command line that has it. */
  private String millrace(List<String> arguments) throws Exception {
    return run(List.of("feature-server"), arguments);
  }

  /** As that is run. */
  private String reaching(List<String> arguments) throws Exception {
    return run(List.of("feature-server", "flink-jobs"), arguments);
  }

  /** What a command says in a process of its own, which knows the server by Flink's settings. */
  private String run(List<String> modules, List<String> arguments) throws Exception {
    String classPath =
        modules.stream()
            .map(module -> HOME.resolve(module).resolve("target"))
            .map(built -> built.resolve("classes") + ":" + built.resolve("lib") + "/*")
            .collect(Collectors.joining(":"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-XX:TieredStopAtLevel=1",
                "-Dmillrace.home=" + HOME,
                "-cp",
                classPath,
                "io.millrace.server.Millrace"));
    command.addAll(arguments);
    Path said = temp.resolve("said");
    Path errors = temp.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(errors.toFile()).redirectOutput(said.toFile());
    builder.environment().putAll(bucket.environment());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(arguments.toString()).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue())
        .as("%s: %s%s", arguments, Files.readString(said), Files.readString(errors))
        .isZero();
    return Files.readString(said);
  }
}
