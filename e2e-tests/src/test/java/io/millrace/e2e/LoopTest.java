package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.model.ModelRepository;
import io.millrace.server.Millrace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The closed loop on San Francisco 2020, where the year collapses in March; killed hard in the
 * middle of it, and gone on with.
 *
 * <p>{@code -Dmillrace.kills=state,state,...} says in which states of the loop it is killed: each
 * when that state is first shown after the last restart, and after a random delay of up to N
 * seconds where it says {@code state+N}. A state is {@code watching}, {@code drifted}, {@code
 * requested}, or a phase of a retraining: {@code accepted}, {@code training}, {@code validating},
 * {@code rollout}, {@code activated}. With two kills it takes ten minutes, so {@code
 * -Dmillrace.excluded-groups=} has to ask for it.
 */
@Tag("drill")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoopTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> KILLS =
      Arrays.asList(System.getProperty("millrace.kills", "training,rollout").split(","));
  private static final long SEED = Long.getLong("millrace.seed", 20200316L);
  private static final long LIMIT_MINUTES = 15;

  /** In place of a state in which to kill, once that is under way. */
  private static final String DONE = "";

  private final Random random = new Random(SEED);

  @TempDir static Path folder;
  private final List<String> all = new ArrayList<>();
  private final List<String> killed = new ArrayList<>();
  private String last;

  @BeforeAll
  void runTheLoopAndKillIt() throws Exception {
    System.setProperty("millrace.home", HOME.toString());
    boolean resume = false;
    for (String state : KILLS) {
      run(resume, state);
      resume = true;
    }
    last = run(resume, null);
    System.out.println("seed " + SEED + ", killed " + String.join("\n  ", killed));
  }

  /** Runs the demo until it ends, or until it says that a state has come, and kills it then. */
  private String run(boolean resume, String killAt) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dmillrace.home=" + HOME,
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.server.Millrace",
                "demo",
                "--data",
                "sfo2020",
                "--events",
                "200000",
                "--speed",
                "100000x",
                "--exit-when-done",
                "--work-dir",
                work().toString()));
    if (resume) {
      command.add("--resume");
    }
    Process demo = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder shown = new StringBuilder();
    try (BufferedReader reader = demo.inputReader()) {
      String line;
      while ((line = reader.readLine()) != null) {
        shown.append(line).append('\n');
        all.add(line);
        if (killAt != null
            && !killAt.equals(DONE)
            && shows(line, killAt.replaceFirst("[+].*", ""))) {
          long delayMs =
              killAt.contains("+")
                  ? random.nextInt(1_000 * Integer.parseInt(killAt.replaceFirst(".*[+]", "")))
                  : 0;
          killed.add("%s after %,d ms, at: %s".formatted(killAt, delayMs, line));
          CompletableFuture.runAsync(
              demo::destroyForcibly,
              CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS));
          killAt = DONE;
        }
      }
    }
    assertThat(demo.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).as(shown.toString()).isTrue();
    if (killAt == null) {
      assertThat(demo.exitValue()).as(shown.toString()).isZero();
    } else {
      assertThat(killAt).as("the state to be killed in never came:\n%s", shown).isEqualTo(DONE);
    }
    return shown.toString();
  }

  private static boolean shows(String line, String state) {
    return switch (state) {
      case "watching" -> line.endsWith("watching") && !line.contains("panes 0,");
      case "drifted" -> line.contains(": drifted ");
      case "requested" -> line.contains(" retraining requested: ");
      default -> line.startsWith("  " + state);
    };
  }

  @Test
  void theCollapseOfTheYearLeadsToANewModelThatServes() {
    Matcher loop = Pattern.compile("The loop: (\\d+) retrainings").matcher(last);
    assertThat(loop.find()).as(last).isTrue();
    assertThat(Integer.parseInt(loop.group(1))).as(last).isPositive();
    assertThat(last).containsPattern("activated v[2-9]");
    assertThat(repository().champion("delay").getAsInt()).as(last).isGreaterThan(1);
  }

  @Test
  void noCauseIsTrainedForTwiceAlsoAfterAKill() {
    ModelRepository repository = repository();
    Set<String> causes = new HashSet<>();
    for (int version : repository.versions("delay")) {
      String cause = repository.bundle("delay", version).lineage().requestId();
      assertThat(causes.add(cause)).as("cause %s of version %d", cause, version).isTrue();
    }
    assertThat(repository.versions("delay")).hasSizeGreaterThan(1);
  }

  @Test
  void noPredictionIsLostOrDoubledAlsoAfterAKill() {
    String[] counts =
        sql("SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM scheduled) FROM predictions")
            .split(",");
    assertThat(counts[0]).isEqualTo(counts[1]).isEqualTo(counts[2]);
  }

  @Test
  void everyOutcomeIsThatOfOnePredictionAndOfTheVersionThatMadeIt() {
    String[] counts =
        sql("SELECT count(*), count(DISTINCT o.prediction_id), count(p.id)"
                + " FROM outcomes_delay_v1 o LEFT JOIN predictions p"
                + " ON p.id = o.prediction_id AND p.model_version = o.model_version"
                + " AND p.score = o.score")
            .split(",");
    assertThat(counts[0]).isEqualTo(counts[1]).isEqualTo(counts[2]);
    assertThat(Integer.parseInt(counts[0])).isGreaterThan(20_000);
  }

  private static Path work() {
    return folder.resolve("work");
  }

  private static ModelRepository repository() {
    return new ModelRepository(work().resolve("models"));
  }

  private static String sql(String query) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Millrace.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "sql",
            "--format",
            "csv",
            "--store",
            work().resolve("offline").toString(),
            query);
    assertThat(status).as(err.toString()).isZero();
    return out.toString().lines().skip(1).findFirst().orElseThrow();
  }
}
