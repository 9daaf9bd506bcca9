package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.ParityReport;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.MalformedRecordException;
import io.millrace.server.Millrace;
import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.Jvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the feature job serves in watermark mode is what the events say, in order and out of it:
 * every vector of a run is recomputed.
 *
 * <p>The drill takes the better part of an hour on two cores, so {@code
 * -Dmillrace.excluded-groups=} has to ask for it; {@code -Dmillrace.requests=N} says of how many
 * requests, a million unless told.
 *
 * <pre>
 * ./millrace verify -pl e2e-tests -am -Dtest=ServedParityTest -Dmillrace.excluded-groups= \
 *   -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
class ServedParityTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final long MILLION = Long.getLong("millrace.requests", 1_000_000);
  private static final Duration DISORDER = Duration.ofMinutes(30);
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String LATE_COUNTER =
      "millrace_parity_mismatches_total{reason=\"late_event\",service=\"delay_v1\"} ";

  @TempDir Path folder;

  @Test
  @Tag("drill")
  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  void aMillionVectorsServedInOrderEqualWhatTheEventsSay() throws Exception {
    recomputeAll("net2008", MILLION, Duration.ZERO, Duration.ofSeconds(10));
  }

  @Test
  @Tag("drill")
  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  void aMillionVectorsServedOutOfOrderEqualWhatTheEventsSay() throws Exception {
    recomputeAll("net2008", MILLION, DISORDER, Duration.ofSeconds(10));
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void followingWhatIsServedOutOfOrderFindsItEqualAndReportsEachRoundOnce() throws Exception {
    try (FlightRun run = FlightRun.start(folder, "sfo2020", DISORDER, Duration.ofSeconds(2));
        FlightFeed feed = run.feed(7)) {
      System.setProperty("millrace.home", HOME.toString());
      int port = FreePorts.next();
      feed.send(2_000);
      try (ChildProcess first = follow(run, "parity", port)) {
        first.awaitReady(
            () -> {
              feed.send(50);
              return !reports(run).isEmpty();
            },
            LIMIT);
        first.kill();
      }
      feed.send(1_000);
      long lateAfterMs = answeredTooSoon(run, feed);

      // Also the last, though only heartbeats come after it.
      long expected = feed.requests();
      List<ParityReport> reports;
      try (ChildProcess second = follow(run, "parity-again", port)) {
        second.awaitReady(
            () -> {
              feed.beat();
              return total(reports(run)) >= expected;
            },
            LIMIT);
        reports = reports(run);
        String counted = LATE_COUNTER + mismatched(reports) + ".0";
        second.awaitReady(() -> scrape(port).contains(counted), LIMIT);
        assertThat(scrape(port))
            .contains(
                "millrace_parity_mismatches_total{reason=\"unexplained\",service=\"delay_v1\"} 0.0")
            .contains("millrace_parity_lag_seconds{service=\"delay_v1\"}");
      }

      assertFollowing(reports, expected);
      assertLate(reports, lateAfterMs);
      assertThat(sql(run, "SELECT count(*), sum(compared) FROM parity_delay_v1 WHERE kind='ROUND'"))
          .isEqualTo(reports.size() + "," + expected);
      assertThat(
              sql(
                  run,
                  "SELECT name, sum(mismatched) FROM parity_delay_v1 WHERE kind='REASON' GROUP BY 1"))
          .isEqualTo("LATE_EVENT," + mismatched(reports));
      assertAll(run, feed.requests(), mismatched(reports));
    }
  }

  /**
   * Ends the feed, then sends an arrival that the last requests should have known of, but that came
   * after they were answered.
   *
   * @return when it happened
   */
  private static long answeredTooSoon(FlightRun run, FlightFeed feed) {
    long nowMs = feed.finish();
    run.awaitStored(feed.sent(), LIMIT);
    long lateMs = nowMs - DISORDER.toMillis() - Duration.ofMinutes(10).toMillis();
    feed.sendAgain("arrived", lateMs, "carrier", feed.last(FlightFeed.REQUESTS, "carrier"));
    run.awaitStored(feed.sent(), LIMIT);
    // What comes next says that all before is there.
    long nextMs = nowMs + Duration.ofMinutes(1).toMillis();
    feed.sendAgain("arrived", nextMs, "carrier", feed.last(FlightFeed.REQUESTS, "carrier"));
    feed.sendAgain(
        FlightFeed.REQUESTS, nextMs, "carrier", feed.last(FlightFeed.REQUESTS, "carrier"));
    feed.finish();
    run.awaitStored(feed.sent(), LIMIT);
    return lateMs;
  }

  /** Each round begins where the one before ended, and all together are what was served. */
  private static void assertFollowing(List<ParityReport> reports, long expected) {
    long untilMs = 0;
    for (int i = 0; i < reports.size(); i++) {
      ParityReport report = reports.get(i);
      assertThat(report.round()).isEqualTo(i + 1);
      assertThat(report.afterMs()).isEqualTo(untilMs);
      assertThat(report.compared()).isEqualTo(report.predictions());
      untilMs = report.untilMs();
    }
    assertThat(reports).as("rounds of two processes").hasSizeGreaterThan(1);
    assertThat(total(reports)).isEqualTo(expected);
  }

  /** The last requests alone differ, and the late event is why. */
  private static void assertLate(List<ParityReport> reports, long lateMs) {
    List<ParityReport.Mismatch> examples =
        reports.stream().flatMap(report -> report.examples().stream()).toList();
    assertThat(examples).isNotEmpty();
    for (ParityReport.Mismatch example : examples) {
      assertThat(example.reason()).as("%s", example).isEqualTo(ParityReport.Reason.LATE_EVENT);
      assertThat(example.requestTimeMs()).isGreaterThan(lateMs);
      assertThat(example.evidence())
          .contains(" of " + Instant.ofEpochMilli(lateMs) + " became known at ");
    }
    // The carrier's requests at least; perhaps others that the arrival's airports concern.
    assertThat(reports)
        .flatExtracting(ParityReport::features)
        .filteredOn(feature -> feature.mismatched() > 0)
        .extracting(ParityReport.FeatureParity::feature)
        .contains("carrier__arrivals_3h");
  }

  private void recomputeAll(String dataset, long requests, Duration disorder, Duration checkpoints)
      throws Exception {
    long startedNanos = System.nanoTime();
    try (FlightRun run = FlightRun.start(folder, dataset, disorder, checkpoints);
        FlightFeed feed = run.feed(20080101)) {
      feed.send(requests);
      feed.finish();
      run.awaitStored(feed.sent(), Duration.ofMinutes(60));
      run.stopJob();
      double served = (System.nanoTime() - startedNanos) / 1e9;
      assertAll(run, requests, 0);
      System.out.printf(
          Locale.ROOT,
          "%,d vectors, events up to %s out of order: all equal; served in %.0f s, recomputed in"
              + " %.0f s%n",
          requests,
          disorder,
          served,
          (System.nanoTime() - startedNanos) / 1e9 - served);
    }
  }

  /** Recomputes all at once. */
  private static void assertAll(FlightRun run, long requests, long late) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Millrace.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "parity",
            "--definitions",
            run.definitionFolder().toString(),
            "--set",
            "dataset=" + run.dataset(),
            "--service",
            FlightRun.SERVICE,
            "--store",
            run.store().toString(),
            "--all");
    assertThat(out + "\n" + err)
        .contains(
            String.format(
                Locale.ROOT,
                "%,d predictions, %,d sampled: %,d equal to the bit, %,d not %s",
                requests,
                requests,
                requests - late,
                late,
                late == 0 ? "{}" : "{LATE_EVENT=" + late + "}"));
    assertThat(status).isEqualTo(late == 0 ? 0 : 1);
  }

  private static ChildProcess follow(FlightRun run, String name, int metricsPort) {
    List<String> command =
        List.of(
            Jvm.program(),
            "-Xmx1g",
            "-Dmillrace.home=" + HOME,
            "-Dlog4j2.configurationFile=" + HOME.resolve("deploy/log4j2-cli.xml").toUri(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.millrace.server.Millrace",
            "parity",
            "--follow",
            "--every",
            "PT1S",
            "--definitions",
            run.definitionFolder().toString(),
            "--set",
            "dataset=" + run.dataset(),
            "--service",
            FlightRun.SERVICE,
            "--store",
            run.store().toString(),
            "--bootstrap",
            run.bootstrapServers(),
            "--registry",
            run.registryUrl(),
            "--metrics-port",
            Integer.toString(metricsPort),
            "--sample",
            "100000");
    return ChildProcess.start(run.work(), name, command, Map.of());
  }

  private static List<ParityReport> reports(FlightRun run) {
    List<ParityReport> reports = new ArrayList<>();
    LoopCodec<ParityReport> codec =
        new LoopCodec<>(
            "parity",
            LoopRecords.PARITY_REPORT,
            new ConfluentSchemaRegistry(run.registryUrl(), Map.of()));
    TopicPartition partition = new TopicPartition("parity", 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", run.bootstrapServers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(100))) {
          reports.add(codec.decode(message.value()));
        }
      }
      return reports;
    } catch (MalformedRecordException e) {
      throw new AssertionError(e);
    }
  }

  private static long total(List<ParityReport> reports) {
    return reports.stream().mapToLong(ParityReport::compared).sum();
  }

  private static long mismatched(List<ParityReport> reports) {
    return reports.stream().mapToLong(ParityReport::mismatched).sum();
  }

  private static String scrape(int port) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String sql(FlightRun run, String query) {
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
            run.store().toString(),
            query);
    assertThat(status).as(err.toString()).isZero();
    return out.toString().lines().skip(1).findFirst().orElseThrow();
  }
}
