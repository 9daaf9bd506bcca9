package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.loop.ParityReport;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.Parity;
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
    long requests = 20_000;
    try (FlightRun run = FlightRun.start(folder, "sfo2020", DISORDER, Duration.ofSeconds(2))) {
      System.setProperty("millrace.home", HOME.toString());
      int port = FreePorts.next();
      List<ParityReport> reports;
      Map<String, Long> sent;
      try (ChildProcess first = follow(run, "parity", port)) {
        sent = run.send(requests, 7);
        first.awaitReady(() -> !reports(run).isEmpty(), Duration.ofMinutes(3));
        first.kill();
      }
      run.awaitStored(sent, Duration.ofMinutes(5));
      // The events of the last checkpoint have no successors that would say that they are all.
      long completeMs = complete(run);
      long expected =
          Long.parseLong(
              sql(
                  run,
                  "SELECT count(*) FROM predictions WHERE epoch_ms(request_time) <= "
                      + completeMs));
      assertThat(expected).isGreaterThan(requests / 4);
      try (ChildProcess second = follow(run, "parity-again", port)) {
        second.awaitReady(() -> total(reports(run)) >= expected, Duration.ofMinutes(3));
        assertThat(scrape(port))
            .contains("millrace_parity_mismatch_rate{service=\"delay_v1\"} 0.0")
            .contains("millrace_parity_mismatches_total{reason=\"unexplained\"");
        reports = reports(run);
      }

      long untilMs = 0;
      for (int i = 0; i < reports.size(); i++) {
        ParityReport report = reports.get(i);
        assertThat(report.round()).isEqualTo(i + 1);
        assertThat(report.afterMs()).isEqualTo(untilMs);
        assertThat(report.mismatched()).as("%s", report).isZero();
        assertThat(report.equal()).isEqualTo(report.compared()).isEqualTo(report.predictions());
        untilMs = report.untilMs();
      }
      assertThat(total(reports)).isEqualTo(expected);
      assertThat(sql(run, "SELECT count(*), sum(compared) FROM parity_delay_v1 WHERE kind='ROUND'"))
          .isEqualTo(reports.size() + "," + total(reports));
      assertAllEqual(run, requests);
    }
  }

  private void recomputeAll(String dataset, long requests, Duration disorder, Duration checkpoints)
      throws Exception {
    long startedNanos = System.nanoTime();
    try (FlightRun run = FlightRun.start(folder, dataset, disorder, checkpoints)) {
      Map<String, Long> sent = run.send(requests, 20080101);
      run.awaitStored(sent, Duration.ofMinutes(60));
      run.stopJob();
      double served = (System.nanoTime() - startedNanos) / 1e9;
      assertAllEqual(run, requests);
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

  private static void assertAllEqual(FlightRun run, long requests) {
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
                "%,d predictions, %,d sampled: %,d equal to the bit, 0 not {}",
                requests,
                requests,
                requests));
    assertThat(status).isZero();
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

  /** Up to which request the store holds all. */
  private static long complete(FlightRun run) throws Exception {
    return Parity.of(
            DefinitionFiles.load(run.definitionFolder(), Map.of("dataset", run.dataset())),
            FlightRun.SERVICE,
            new OfflineStore(run.store()))
        .cut()
        .completeMs()
        .orElseThrow();
  }

  private static long total(List<ParityReport> reports) {
    return reports.stream().mapToLong(ParityReport::compared).sum();
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
