package io.millrace.benchmarks.serve;

import io.millrace.feature.Definitions;
import io.millrace.online.OnlineStore;
import io.millrace.online.redis.RedisConfig;
import io.millrace.online.redis.RedisOnlineStore;
import io.millrace.server.platform.WorkFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.HdrHistogram.Histogram;
import redis.clients.jedis.Jedis;

/**
 * {@code ./millrace bench serve [--quick] [--part single|batch|fresh] [FOLDER]}: the feature server
 * before a Redis of its own, and that Redis alone, under the same open-loop load; then how long an
 * event takes from Kafka through a feature job to an answer, while the server works at half load.
 * Writes {@code serve.md}. Load generator, server, Redis, Kafka and job are processes of their own
 * and share the machine. Some seven minutes; {@code --quick} takes some three.
 */
public final class ServeBenchmark {
  private static final double[] SINGLE_RATES = {250, 500, 1_000, 2_000, 4_000, 8_000};
  private static final double[] BATCH_RATES = {25, 50, 100, 200, 400};

  private static final double EVENTS_PER_SECOND = 1_000;

  /** Requests of 100 rows a second: half of the 20,000 vectors/s that the server must reach. */
  private static final double HALF_LOAD = 100;

  /**
   * How long each part takes.
   *
   * @param seconds of each point of a curve
   * @param warmSeconds of each kind of request before the first
   * @param freshSeconds of the probes
   */
  private record Pace(double seconds, double warmSeconds, double freshSeconds) {}

  private ServeBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    List<String> plain = new ArrayList<>(List.of(arguments));
    Pace pace = plain.remove("--quick") ? new Pace(3, 8, 20) : new Pace(9, 15, 60);
    int at = plain.indexOf("--part");
    String part = at < 0 ? "" : plain.remove(at + 1);
    plain.remove("--part");
    Path results = Path.of(plain.isEmpty() ? "benchmarks/results" : plain.get(0));
    Path work = Files.createTempDirectory("millrace-serve");
    Path folder = Files.createDirectory(work.resolve("definitions"));
    Definitions definitions = Workload.definitions(folder);
    Fresh fresh = null;
    List<Curve> all = new ArrayList<>();
    int valueBytes;
    int turnedAway;
    try (RedisChild redis = RedisChild.start(work);
        OnlineStore store =
            RedisOnlineStore.open(
                RedisConfig.at("127.0.0.1:" + redis.port()).build(), Workload.views(definitions));
        WorkFolder serverWork = WorkFolder.open(work.resolve("server"));
        ServerChild server = ServerChild.start(serverWork, folder, redis.port());
        Callers callers = new Callers(server.port())) {
      Workload.fill(store, Workload.views(definitions).get(0));
      List<byte[]> keys;
      try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
        keys = List.copyOf(jedis.keys("*".getBytes(StandardCharsets.UTF_8)));
        valueBytes = jedis.get(keys.get(0)).length;
      }
      try (RawRedis raw = new RawRedis(redis.port(), keys)) {
        Curves curves = new Curves(server::processorTime, pace.seconds());
        if (part.isEmpty() || part.equals("single")) {
          all.addAll(
              curves.measure(
                  warmed(
                      pace,
                      new Curves.Kind(ServePage.RAW, 1, raw, false),
                      new Curves.Kind(ServePage.NOTHING, 0, callers.nothing(), true),
                      new Curves.Kind("gRPC, 1 row", 1, callers.grpc(1), true),
                      new Curves.Kind("REST, 1 row", 1, callers.rest(1), true)),
                  SINGLE_RATES));
        }
        if (part.isEmpty() || part.equals("batch")) {
          all.addAll(
              curves.measure(
                  warmed(
                      pace,
                      new Curves.Kind("gRPC, 100 rows", 100, callers.grpc(100), true),
                      new Curves.Kind("REST, 100 rows", 100, callers.rest(100), true)),
                  BATCH_RATES));
        }
        if (part.isEmpty() || part.equals("fresh")) {
          fresh = fresh(folder, definitions, redis.port(), server.port(), pace);
        }
        turnedAway = callers.turnedAway();
      }
    }
    ServePage page = new ServePage(all, fresh);
    String text =
        page.page(
            valueBytes,
            turnedAway,
            ("./millrace bench serve " + String.join(" ", arguments)).trim());
    Files.createDirectories(results);
    Files.writeString(results.resolve("serve.md"), text);
    System.out.println(text);
    System.out.flush();
    System.exit(0);
  }

  private static List<Curves.Kind> warmed(Pace pace, Curves.Kind... kinds) throws Exception {
    for (Curves.Kind kind : kinds) {
      OpenLoop.saturation(kind.target(), 16, pace.warmSeconds());
    }
    return List.of(kinds);
  }

  private static Fresh fresh(
      Path folder, Definitions definitions, int redisPort, int port, Pace pace) throws Exception {
    // On a connection of its own, lest a question waits behind the load's answers.
    try (Prober prober = new Prober(port);
        Freshness freshness =
            Freshness.start(folder, definitions.source("payments"), redisPort, EVENTS_PER_SECOND)) {
      freshness.awaitReady(prober);
      double seconds = pace.freshSeconds();
      double warmSeconds = seconds / 2;
      // Not before: the server ends connections on which nothing comes.
      try (Callers callers = new Callers(port)) {
        OpenLoop.Target load = callers.grpc(100);
        FutureTask<OpenLoop.Result> task =
            new FutureTask<>(() -> OpenLoop.run(load, HALF_LOAD, warmSeconds + seconds, 43));
        new Thread(task, "half-load").start();
        freshness.measure(prober, warmSeconds);
        Histogram nanos = freshness.measure(prober, seconds);
        return new Fresh(nanos, task.get().perSecond() * 100, EVENTS_PER_SECOND);
      }
    }
  }
}
