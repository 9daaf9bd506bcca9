package io.millrace.benchmarks.serve;

import io.millrace.benchmarks.Machine;
import io.millrace.feature.Definitions;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import io.millrace.online.redis.RedisConfig;
import io.millrace.online.redis.RedisOnlineStore;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeOptions;
import io.millrace.server.serve.ServeServer;
import io.millrace.server.serve.ServingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import redis.clients.jedis.Jedis;

/**
 * {@code ./millrace bench serve [--quick] [FOLDER [SECONDS]]}: the feature server before a Redis of
 * its own, and that Redis alone, under the same open-loop load; then how long an event takes from
 * Kafka through a feature job to an answer, while the server works at half load. Writes {@code
 * serve.md}. Load generator, server, Redis, Kafka and job share the machine. Some eight minutes;
 * {@code --quick} takes some three.
 */
public final class ServeBenchmark {
  private static final double[] SINGLE_RATES = {250, 500, 1_000, 2_000, 4_000, 8_000};
  private static final double[] BATCH_RATES = {25, 50, 100, 200, 400};

  private static final double GOAL_RATE = 1_000;
  private static final double GOAL_BATCH_RATE = 50;
  private static final double EVENTS_PER_SECOND = 1_000;

  /** Requests of 100 rows a second: half of the 20,000 vectors/s that the server must reach. */
  private static final double HALF_LOAD = 100;

  /**
   * How long each part takes.
   *
   * @param seconds of each point of a curve
   * @param warmRounds of two seconds, at most, before the first
   * @param freshSeconds of the probes
   */
  private record Pace(double seconds, int warmRounds, double freshSeconds) {}

  /**
   * What came of the probes.
   *
   * @param vectorsPerSecond that the server was asked for meanwhile
   */
  private record Fresh(org.HdrHistogram.Histogram nanos, double vectorsPerSecond) {
    double ms(double percentile) {
      return nanos.getValueAtPercentile(percentile) / 1e6;
    }
  }

  /** One curve: a name, and what was seen at each rate. */
  private record Curve(String name, int rows, List<OpenLoop.Result> results, double saturation) {}

  private ServeBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    List<String> plain = new ArrayList<>(List.of(arguments));
    boolean quick = plain.remove("--quick");
    Path results = Path.of(plain.isEmpty() ? "benchmarks/results" : plain.get(0));
    Pace pace = quick ? new Pace(2, 4, 20) : new Pace(6, 8, 60);
    if (plain.size() > 1) {
      pace = new Pace(Double.parseDouble(plain.get(1)), pace.warmRounds(), pace.freshSeconds());
    }
    double seconds = pace.seconds();
    Path work = Files.createTempDirectory("millrace-serve");
    Path folder = Files.createDirectory(work.resolve("definitions"));
    Definitions definitions = Workload.definitions(folder);
    Fresh fresh;
    List<Curve> curves = new ArrayList<>();
    int valueBytes;
    try (RedisChild redis = RedisChild.start(work);
        OnlineStore store =
            RedisOnlineStore.open(
                RedisConfig.at("127.0.0.1:" + redis.port()).build(), Workload.views(definitions));
        FeatureServing serving =
            FeatureServing.of(
                definitions,
                views ->
                    RedisOnlineStore.open(
                        RedisConfig.at("127.0.0.1:" + redis.port()).build(), views),
                InstantSource.system(),
                ServingConfig.DEFAULT);
        ServeServer server =
            ServeServer.start(ServeOptions.at("127.0.0.1", 0), serving, List.of());
        Callers callers = new Callers(server.port())) {
      OnlineView view = Workload.views(definitions).get(0);
      Workload.fill(store, view);
      List<byte[]> keys;
      try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
        keys = List.copyOf(jedis.keys("*".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        valueBytes = jedis.get(keys.get(0)).length;
      }
      try (RawRedis raw = new RawRedis(redis.port(), keys)) {
        OpenLoop.Target grpc = callers.grpc(1);
        OpenLoop.Target rest = callers.rest(1);
        OpenLoop.Target grpcBatch = callers.grpc(100);
        OpenLoop.Target restBatch = callers.rest(100);
        for (OpenLoop.Target target : List.of(raw, grpc, rest, grpcBatch, restBatch)) {
          warm(target, pace.warmRounds());
        }
        curves.add(curve("raw Redis GET", raw, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("gRPC, 1 row", grpc, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("REST, 1 row", rest, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("gRPC, 100 rows", grpcBatch, 100, BATCH_RATES, 8, seconds));
        curves.add(curve("REST, 100 rows", restBatch, 100, BATCH_RATES, 8, seconds));
        curves.add(curve("raw Redis GET, again", raw, 1, SINGLE_RATES, 64, seconds));
        fresh =
            fresh(
                folder,
                definitions,
                redis.port(),
                server.port(),
                grpcBatch,
                Math.min(HALF_LOAD, named(curves, "gRPC, 100 rows").saturation() / 2),
                pace.freshSeconds());
      }
    }
    String page =
        page(
            curves,
            fresh,
            valueBytes,
            ("./millrace bench serve " + String.join(" ", arguments)).trim());
    Files.createDirectories(results);
    Files.writeString(results.resolve("serve.md"), page);
    System.out.println(page);
    System.out.println(summary(curves, fresh));
    System.out.flush();
    System.exit(0);
  }

  /** Until two rounds in a row are about alike, or all have passed. */
  private static void warm(OpenLoop.Target target, int rounds) throws Exception {
    double before = 0;
    for (int round = 0; round < rounds; round++) {
      double now = OpenLoop.saturation(target, 16, 2);
      if (round > 2 && now < 1.05 * before) {
        return;
      }
      before = Math.max(before, now);
    }
  }

  private static Curve curve(
      String name, OpenLoop.Target target, int rows, double[] rates, int atOnce, double seconds)
      throws Exception {
    double saturation = OpenLoop.saturation(target, atOnce, seconds);
    List<OpenLoop.Result> results = new ArrayList<>();
    for (double rate : rates) {
      // Beyond what it can do, an open loop only measures how long it was asked to wait.
      if (rate < 0.9 * saturation) {
        results.add(OpenLoop.run(target, rate, seconds, 42));
        System.err.printf(
            Locale.ROOT,
            "%s at %.0f/s: p99 %.0f us%n",
            name,
            rate,
            results.get(results.size() - 1).micros(99));
      }
    }
    return new Curve(name, rows, results, saturation);
  }

  private static Fresh fresh(
      Path folder,
      Definitions definitions,
      int redisPort,
      int port,
      OpenLoop.Target load,
      double loadRate,
      double seconds)
      throws Exception {
    // On a connection of its own, lest a question waits behind the load's answers.
    try (Callers prober = new Callers(port);
        Freshness freshness =
            Freshness.start(folder, definitions.source("payments"), redisPort, EVENTS_PER_SECOND)) {
      freshness.awaitReady(prober);
      double warmSeconds = seconds / 3;
      java.util.concurrent.FutureTask<OpenLoop.Result> task =
          new java.util.concurrent.FutureTask<>(
              () -> OpenLoop.run(load, loadRate, warmSeconds + seconds, 43));
      Thread generator = new Thread(task, "half-load");
      generator.start();
      freshness.measure(prober, warmSeconds);
      org.HdrHistogram.Histogram nanos = freshness.measure(prober, seconds);
      return new Fresh(nanos, task.get().perSecond() * 100);
    }
  }

  private static Curve named(List<Curve> curves, String name) {
    return curves.stream().filter(curve -> curve.name().equals(name)).findFirst().orElseThrow();
  }

  /** Goals and what was seen; in milliseconds. */
  private static String summary(List<Curve> curves, Fresh fresh) {
    StringBuilder text = new StringBuilder("| goal | measured | met |\n|---|---|---|\n");
    double raw = p99Ms(named(curves, "raw Redis GET"), GOAL_RATE);
    for (String name : List.of("gRPC, 1 row", "REST, 1 row")) {
      double p99 = p99Ms(named(curves, name), GOAL_RATE);
      String at = " at %.0f requests/s".formatted(GOAL_RATE);
      goal(text, name + ": p99 <= 0.8 ms" + at, "%.3f ms".formatted(p99), p99 <= 0.8);
      goal(
          text,
          name + ": p99 <= 1.3 x raw GET" + at,
          "%.2f x %.3f ms".formatted(p99 / raw, raw),
          p99 <= 1.3 * raw);
    }
    double most = 0;
    for (String name : List.of("gRPC, 100 rows", "REST, 100 rows")) {
      Curve curve = named(curves, name);
      double p99 = p99Ms(curve, GOAL_BATCH_RATE);
      goal(
          text,
          name + ": p99 <= 4 ms at %.0f requests/s".formatted(GOAL_BATCH_RATE),
          "%.3f ms".formatted(p99),
          p99 <= 4);
      most = Math.max(most, curve.saturation() * curve.rows());
    }
    goal(text, ">= 20,000 vectors/s", "%.0f".formatted(most), most >= 20_000);
    goal(
        text,
        "Kafka to readable: p99 <= 100 ms at half load (%.0f vectors/s, %.0f events/s)"
            .formatted(fresh.vectorsPerSecond(), EVENTS_PER_SECOND),
        "p50 %.1f, p90 %.1f, p99 %.1f, most %.1f ms of %d events"
            .formatted(
                fresh.ms(50),
                fresh.ms(90),
                fresh.ms(99),
                fresh.ms(100),
                fresh.nanos().getTotalCount()),
        fresh.ms(99) <= 100);
    return text.toString();
  }

  private static void goal(StringBuilder text, String goal, String measured, boolean met) {
    text.append("| %s | %s | %s |%n".formatted(goal, measured, met ? "yes" : "no"));
  }

  /** At a rate; NaN if it was beyond what could be done. */
  private static double p99Ms(Curve curve, double rate) {
    return curve.results().stream()
        .filter(result -> result.rate() == rate)
        .findFirst()
        .map(result -> result.micros(99) / 1e3)
        .orElse(Double.NaN);
  }

  private static String page(List<Curve> curves, Fresh fresh, int valueBytes, String command) {
    StringBuilder page = new StringBuilder("# The feature server under load\n\n");
    page.append("`").append(command).append("`\n\n");
    for (Map.Entry<String, Object> fact : Machine.describe().entrySet()) {
      page.append(fact.getKey()).append(": ").append(fact.getValue()).append("  \n");
    }
    page.append("load average: ")
        .append(
            java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                .getSystemLoadAverage())
        .append("\n\n")
        .append(summary(curves, fresh))
        .append('\n')
        .append(
            """
            %d cards with %d features each in one view, in a Redis of its own (layout packed, %d bytes a value). Generator, server and Redis share the
            machine; generator and server are one process. Requests come in a Poisson process and latency counts from the instant a request was due. Microseconds.
            "At most" is with a fixed number of requests always on their way.

            | what | requests/s | p50 | p90 | p99 | p99.9 | most |
            |---|---|---|---|---|---|---|
            """
                .formatted(Workload.CARDS, Workload.FEATURES, valueBytes));
    for (Curve curve : curves) {
      for (OpenLoop.Result r : curve.results()) {
        page.append(
            String.format(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |%n",
                curve.name(),
                r.rate(),
                r.micros(50),
                r.micros(90),
                r.micros(99),
                r.micros(99.9),
                r.micros(100)));
      }
    }
    page.append("\n| what | requests/s at most | vectors/s |\n|---|---|---|\n");
    for (Curve curve : curves) {
      page.append(
          String.format(
              Locale.ROOT,
              "| %s | %.0f | %.0f |%n",
              curve.name(),
              curve.saturation(),
              curve.saturation() * curve.rows()));
    }
    return page.toString();
  }
}
