package io.millrace.benchmarks.online;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.benchmarks.Machine;
import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineViews;
import io.millrace.online.redis.RedisConfig;
import io.millrace.online.redis.RedisOnlineStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.HdrHistogram.Histogram;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * {@code ./millrace bench redis-memory [FOLDER [FEATURES]]}: the memory that Redis takes for ten
 * million features (INFO's used_memory, full less empty) in both layouts and in a hash that was
 * weighed and left; how fast rows are written beside bare pipelined SETs of the same bytes; how
 * long a read takes beside a bare MGET of the same keys. Writes {@code redis-memory.md} and {@code
 * .json}.
 */
public final class RedisMemory {
  private static final int BATCH_ENTITIES = 2_000;
  private static final int READS = 10_000;
  private static final Duration TTL = Duration.ofDays(2);

  private RedisMemory() {}

  /** What fills a server. */
  private interface Filling {
    void fill(RedisProcess redis, OnlineWorkload workload, int entities);
  }

  private record Scenario(
      String name, OnlineWorkload workload, String[] settings, Filling filling) {}

  /**
   * @param arguments where the results go and how many features; both optional
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    int features = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000_000;
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", Machine.describe());
    all.put("command", ("./millrace bench redis-memory " + String.join(" ", arguments)).trim());
    all.put("features", features);
    List<Map<String, Object>> memory = new ArrayList<>();
    all.put("memory", memory);
    all.put("speed", Map.of());
    for (Scenario scenario : scenarios()) {
      memory.add(measure(scenario, features, all));
      write(folder, all);
    }
    all.put("speed", speed(new OnlineWorkload(5, 10, Optional.empty()), features / 500));
    write(folder, all);
    System.out.println(markdown(all));
    System.out.flush();
    System.exit(0);
  }

  private static void write(Path folder, Map<String, Object> all) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("redis-memory.json"),
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all)
            + "\n");
    Files.writeString(folder.resolve("redis-memory.md"), markdown(all));
  }

  private static List<Scenario> scenarios() {
    List<Scenario> all = new ArrayList<>();
    for (int[] shape : new int[][] {{5, 10}, {5, 50}, {5, 4}, {1, 1}}) {
      OnlineWorkload forever = new OnlineWorkload(shape[0], shape[1], Optional.empty());
      all.add(new Scenario("packed", forever, new String[0], store(RedisConfig.Layout.PACKED)));
      if (shape[1] == 10) {
        all.add(
            new Scenario(
                "packed, forgotten after ttl",
                new OnlineWorkload(shape[0], shape[1], Optional.of(TTL)),
                new String[0],
                store(RedisConfig.Layout.PACKED)));
      }
      all.add(new Scenario("feast", forever, new String[0], store(RedisConfig.Layout.FEAST)));
      if (shape[0] > 1) {
        all.add(
            new Scenario(
                "hash of packed rows", forever, new String[0], RedisMemory::hashOfPackedRows));
        all.add(
            new Scenario(
                "hash of packed rows, listpack of 1 KB",
                forever,
                new String[] {"--hash-max-listpack-value", "1024"},
                RedisMemory::hashOfPackedRows));
      }
    }
    return all;
  }

  private static Filling store(RedisConfig.Layout layout) {
    return (redis, workload, entities) -> {
      RedisConfig config =
          RedisConfig.at(redis.address()).layout(layout).timeout(Duration.ofMinutes(1)).build();
      try (OnlineStore store = RedisOnlineStore.open(config, workload.definitions())) {
        for (int from = 0; from < entities; from += BATCH_ENTITIES) {
          store.put(workload.rows(from, Math.min(entities, from + BATCH_ENTITIES)));
        }
      }
    };
  }

  /** The layout that was weighed: a hash for each entity, a field for each view. */
  private static void hashOfPackedRows(RedisProcess redis, OnlineWorkload workload, int entities) {
    OnlineViews views = OnlineViews.of(workload.definitions());
    try (Jedis client = redis.client();
        Pipeline pipeline = client.pipelined()) {
      for (int from = 0; from < entities; from += BATCH_ENTITIES) {
        for (FeatureRow row : workload.rows(from, Math.min(entities, from + BATCH_ENTITIES))) {
          pipeline.hset(
              bytes("mr:" + row.key().text()),
              bytes(row.view().substring("card_recent_".length())),
              views.encode(row));
        }
        pipeline.sync();
      }
    }
  }

  private static Map<String, Object> measure(
      Scenario scenario, int features, Map<String, Object> all) throws IOException {
    OnlineWorkload workload = scenario.workload();
    int entities = features / (workload.views() * workload.features());
    try (RedisProcess redis = RedisProcess.start(scenario.settings())) {
      all.put("redis", redis.info("redis_version") + ", " + redis.info("mem_allocator"));
      // A script's compiled form and connections belong to the server, not to the rows.
      scenario.filling().fill(redis, workload, 1);
      long empty = Long.parseLong(redis.info("used_memory"));
      scenario.filling().fill(redis, workload, entities);
      long full = Long.parseLong(redis.info("used_memory"));
      double perFeature = (double) (full - empty) / features;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("layout", scenario.name());
      row.put("viewsOfAnEntity", workload.views());
      row.put("featuresOfAView", workload.features());
      row.put("features", features);
      row.put("entities", entities);
      row.put("usedMemoryBytes", full - empty);
      row.put("residentBytes", Long.parseLong(redis.info("used_memory_rss")));
      row.put("bytesOfARow", round(perFeature * workload.features()));
      row.put("gigabytesOfABillionFeatures", round(perFeature));
      System.err.println(row);
      return row;
    }
  }

  private static Map<String, Object> speed(OnlineWorkload workload, int entities)
      throws IOException {
    Map<String, Object> speed = new LinkedHashMap<>();
    speed.put("entities", entities);
    OnlineViews views = OnlineViews.of(workload.definitions());
    try (RedisProcess redis = RedisProcess.start();
        Jedis client = redis.client();
        OnlineStore packed = open(redis, workload, RedisConfig.Layout.PACKED);
        OnlineStore feast = open(redis, workload, RedisConfig.Layout.FEAST)) {
      List<FeatureRow> warm = workload.rows(0, 20_000);
      put(packed, warm);
      put(feast, warm);
      set(client, views, warm);
      client.flushAll();
      List<FeatureRow> rows = workload.rows(0, entities);
      speed.put("rows", rows.size());
      speed.put("bareSetsPerSecond", perSecond(rows, () -> set(client, views, rows)));
      client.flushAll();
      speed.put("packedRowsPerSecond", perSecond(rows, () -> put(packed, rows)));
      speed.put("packedRowsAgainPerSecond", perSecond(rows, () -> put(packed, rows)));
      speed.put("packedReadMicros", latency(entities, e -> packed.get(keys(workload, e, 1))));
      speed.put(
          "packedReadOf100Micros", latency(entities, e -> packed.get(keys(workload, e, 100))));
      speed.put("bareMgetMicros", latency(entities, e -> client.mget(bareKeys(workload, e, 1))));
      speed.put(
          "bareMgetOf100Micros", latency(entities, e -> client.mget(bareKeys(workload, e, 100))));
      client.flushAll();
      speed.put("feastRowsPerSecond", perSecond(rows, () -> put(feast, rows)));
      speed.put("feastReadMicros", latency(entities, e -> feast.get(keys(workload, e, 1))));
      speed.put("feastReadOf100Micros", latency(entities, e -> feast.get(keys(workload, e, 100))));
    }
    System.err.println(speed);
    return speed;
  }

  private static OnlineStore open(
      RedisProcess redis, OnlineWorkload workload, RedisConfig.Layout layout) {
    return RedisOnlineStore.open(
        RedisConfig.at(redis.address()).layout(layout).timeout(Duration.ofMinutes(1)).build(),
        workload.definitions());
  }

  private static void put(OnlineStore store, List<FeatureRow> rows) {
    for (int from = 0; from < rows.size(); from += 512) {
      store.put(rows.subList(from, Math.min(rows.size(), from + 512)));
    }
  }

  private static void set(Jedis client, OnlineViews views, List<FeatureRow> rows) {
    try (Pipeline pipeline = client.pipelined()) {
      for (int i = 0; i < rows.size(); i++) {
        FeatureRow row = rows.get(i);
        pipeline.set(bytes("mr:" + row.view() + ":" + row.key().text()), views.encode(row));
        if (i % 512 == 511) {
          pipeline.sync();
        }
      }
    }
  }

  private static List<OnlineKey> keys(OnlineWorkload workload, int entity, int count) {
    List<OnlineKey> keys = new ArrayList<>(workload.views() * count);
    for (int e = entity; e < entity + count; e++) {
      for (int v = 0; v < workload.views(); v++) {
        keys.add(new OnlineKey(OnlineWorkload.viewId(v), OnlineWorkload.key(e)));
      }
    }
    return keys;
  }

  private static byte[][] bareKeys(OnlineWorkload workload, int entity, int count) {
    return keys(workload, entity, count).stream()
        .map(key -> bytes("mr:" + key.view() + ":" + key.key().text()))
        .toArray(byte[][]::new);
  }

  private interface Read {
    Object at(int entity);
  }

  /** One client, one request after the other: not a load test. */
  private static Map<String, Object> latency(int entities, Read read) {
    Histogram micros = new Histogram(3);
    Random random = new Random(11);
    for (int i = -READS / 4; i < READS; i++) {
      int entity = random.nextInt(Math.max(1, entities - 100));
      long start = System.nanoTime();
      read.at(entity);
      long nanos = System.nanoTime() - start;
      if (i >= 0) {
        micros.recordValue(nanos / 1_000);
      }
    }
    return Map.of("p50", micros.getValueAtPercentile(50), "p99", micros.getValueAtPercentile(99));
  }

  private static long perSecond(List<FeatureRow> rows, Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Math.round(rows.size() / ((System.nanoTime() - start) / 1e9));
  }

  private static String markdown(Map<String, Object> all) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                """
                # Redis: memory, writes, reads

                %s; Redis %s; `%s`.

                Features are half whole numbers, half doubles; keys of 11 characters, view ids of 16. Memory is INFO's
                used_memory, full less empty.

                | layout | views x features | features stored | bytes a row | GB for 10^9 features |
                |---|---|---:|---:|---:|
                """,
                all.get("machine"),
                all.get("redis"),
                all.get("command")));
    for (Object one : (List<?>) all.get("memory")) {
      Map<?, ?> row = (Map<?, ?>) one;
      text.append("| ").append(row.get("layout")).append(" | ");
      text.append(row.get("viewsOfAnEntity")).append(" x ").append(row.get("featuresOfAView"));
      text.append(String.format(Locale.ROOT, " | %,d", (int) row.get("features")));
      text.append(" | ").append(row.get("bytesOfARow")).append(" | ");
      text.append(row.get("gigabytesOfABillionFeatures")).append(" |\n");
    }
    Map<?, ?> speed = (Map<?, ?>) all.get("speed");
    text.append(
        """

        Rows of 10 features, one client, batches of 512; reads of 5 views of 1 and of 100 entities, one after the other.
        Server and client share the machine.

        | what | measured |
        |---|---:|
        """);
    speed.forEach(
        (name, value) -> text.append("| ").append(name).append(" | ").append(value).append(" |\n"));
    return text.toString();
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
