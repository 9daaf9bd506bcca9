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
 * {@code ./millrace bench serve [FOLDER [SECONDS]]}: the feature server before a Redis of its own,
 * and that Redis alone, under the same open-loop load; writes {@code serve.md}. Load generator,
 * server and Redis share the machine.
 */
public final class ServeBenchmark {
  private static final double[] SINGLE_RATES = {250, 500, 1_000, 2_000, 4_000, 8_000};
  private static final double[] BATCH_RATES = {25, 50, 100, 200, 400};

  /** One curve: a name, and what was seen at each rate. */
  private record Curve(String name, int rows, List<OpenLoop.Result> results, double saturation) {}

  private ServeBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path results = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 10;
    Path work = Files.createTempDirectory("millrace-serve");
    Definitions definitions = Workload.definitions();
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
          warm(target);
        }
        curves.add(curve("raw Redis GET", raw, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("gRPC, 1 row", grpc, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("REST, 1 row", rest, 1, SINGLE_RATES, 64, seconds));
        curves.add(curve("gRPC, 100 rows", grpcBatch, 100, BATCH_RATES, 8, seconds));
        curves.add(curve("REST, 100 rows", restBatch, 100, BATCH_RATES, 8, seconds));
        curves.add(curve("raw Redis GET, again", raw, 1, SINGLE_RATES, 64, seconds));
      }
    }
    String page =
        page(curves, valueBytes, ("./millrace bench serve " + String.join(" ", arguments)).trim());
    Files.createDirectories(results);
    Files.writeString(results.resolve("serve.md"), page);
    System.out.println(page);
    System.out.flush();
    System.exit(0);
  }

  /** Until two rounds in a row are about alike, or half a minute has passed. */
  private static void warm(OpenLoop.Target target) throws Exception {
    double before = 0;
    for (int round = 0; round < 15; round++) {
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

  private static String page(List<Curve> curves, int valueBytes, String command) {
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
