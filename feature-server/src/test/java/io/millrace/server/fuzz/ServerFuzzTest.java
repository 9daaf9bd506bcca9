package io.millrace.server.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.WebClient;
import io.millrace.server.guard.GuardModule;
import io.millrace.server.guard.GuardOptions;
import io.millrace.server.infer.TestFeatureServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No request, however broken, is answered with a 5xx or leaves anything behind. The drill sends
 * 100,000:
 *
 * <pre>
 * mvn -pl feature-server -am test -Dtest=ServerFuzzTest -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.excluded-groups=
 * </pre>
 */
class ServerFuzzTest {
  private static final long MEGABYTE = 1 << 20;

  @TempDir Path folder;

  @Test
  void shouldAnswerBrokenRequestsWithoutAFaultOrALeak() throws Exception {
    fuzz(Long.getLong("millrace.fuzz-seed", 17), 1_500, 4_000);
  }

  @Test
  @Tag("drill")
  void shouldAnswerAHundredThousandBrokenRequestsWithoutAFaultOrALeak() throws Exception {
    fuzz(Long.getLong("millrace.fuzz-seed", 23), 5_000, 100_000);
  }

  private void fuzz(long seed, int warmUp, int requests) throws Exception {
    GuardModule guard =
        new GuardModule(
            GuardOptions.open().withAdmission(Duration.ofSeconds(5), 64, 1_024),
            path -> path.startsWith("/health/"));
    try (TestFeatureServer server = new TestFeatureServer(folder, guard)) {
      send(server, seed + 1, warmUp);
      Footprint before = Footprint.now();

      String outcomes = send(server, seed, requests);

      Footprint after = Footprint.now();
      System.out.printf(
          "fuzz: seed %d, %d requests: %s%nbefore %s%nafter  %s%n",
          seed, requests, outcomes, before, after);
      assertThat(after.heap() - before.heap()).as("heap, seed %d", seed).isLessThan(24 * MEGABYTE);
      assertThat(after.direct() - before.direct())
          .as("direct memory, seed %d", seed)
          .isLessThan(48 * MEGABYTE);
      assertThat(after.threads() - before.threads()).as("threads, seed %d", seed).isLessThan(20);
      assertThat(after.files() - before.files()).as("open files, seed %d", seed).isLessThan(10);
      assertThat(
              WebClient.of("http://127.0.0.1:" + server.port())
                  .get("/v2/models/fraud/ready")
                  .aggregate()
                  .join()
                  .status()
                  .code())
          .isEqualTo(200);
    } finally {
      guard.close();
    }
  }

  private static String send(TestFeatureServer server, long seed, int requests) throws Exception {
    try (ServerFuzz fuzz = new ServerFuzz(server, seed)) {
      fuzz.run(requests);
      assertThat(fuzz.faults()).as("seed %d, %s", seed, fuzz.outcomes()).isEmpty();
      // Else the fuzz would end before it comes to what looks up, computes and scores.
      assertThat(fuzz.answeredShare())
          .as("share of answers, seed %d, %s", seed, fuzz.outcomes())
          .isGreaterThan(0.3);
      return fuzz.outcomes().toString();
    }
  }
}
