package io.millrace.benchmarks.trainingset;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.benchmarks.Machine;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.History;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.training.SpineSet;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@code ./millrace bench training-set [ROWS [EVENTS [ROUNDS [FOLDER]]]]}: the last value of ten
 * views for each row of a spine, by {@code millrace training-set} and by ten ASOF joins that
 * somebody wrote by hand for DuckDB, in turns, from the same Parquet files to Parquet. The answers
 * are compared row by row; ends with 1 if one differs.
 */
public final class TrainingSetBenchmark {
  private static final int[] KEYS = {
    100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000
  };
  private static final long START_MS = 1_735_689_600_000L;
  private static final int STEP_MS = 1_000;
  private static final int MEMORY_MB = 6_144;

  private final Path work;
  private final long rows;
  private final long events;

  private TrainingSetBenchmark(Path work, long rows, long events) {
    this.work = work;
    this.rows = rows;
    this.events = events;
  }

  /** Runs the comparison; all arguments are optional. */
  public static void main(String[] arguments) throws Exception {
    long rows = arguments.length > 0 ? Long.parseLong(arguments[0]) : 10_000_000;
    long events = arguments.length > 1 ? Long.parseLong(arguments[1]) : rows;
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
    Path folder = Path.of(arguments.length > 3 ? arguments[3] : "benchmarks/results");
    Path work = Files.createTempDirectory("millrace-training-set");
    try {
      Map<String, Object> result =
          new TrainingSetBenchmark(work, rows, events).run(rounds, arguments);
      String json =
          new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(result);
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("training-set.json"), json + "\n");
      System.out.println(json);
      if (!result.get("rowsThatDiffer").equals(0L)) {
        System.exit(1);
      }
    } finally {
      delete(work);
    }
  }

  private Map<String, Object> run(int rounds, String[] arguments) throws Exception {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("machine", Machine.describe());
    result.put("command", ("./millrace bench training-set " + String.join(" ", arguments)).strip());
    result.put("rows", rows);
    result.put("events", events);
    result.put("keysOfViews", KEYS);
    System.err.println("writing " + events + " events and " + rows + " rows");
    writeFiles();
    List<double[]> ours = new ArrayList<>();
    List<double[]> joins = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      delete(work.resolve("ours"));
      Files.deleteIfExists(work.resolve("join.parquet"));
      ours.add(timed("millrace", this::makeOurs));
      joins.add(timed("ASOF joins", this::makeJoins));
    }
    result.put("millraceSeconds", column(ours, 0));
    result.put("asofSeconds", column(joins, 0));
    result.put("millraceProcessorSeconds", column(ours, 1));
    result.put("asofProcessorSeconds", column(joins, 1));
    result.put("ratioOfBestSeconds", rounded(best(ours, 0) / best(joins, 0)));
    result.put("ratioOfBestProcessorSeconds", rounded(best(ours, 1) / best(joins, 1)));
    result.put("millraceBytes", size(work.resolve("ours")));
    result.put("asofBytes", size(work.resolve("join.parquet")));
    result.put("rowsThatDiffer", differences());
    return result;
  }

  private void writeFiles() throws SQLException {
    String keys =
        IntStream.range(0, KEYS.length)
            .mapToObj(i -> "'k' || (hash(i * 31 + " + i + ") % " + KEYS[i] + ") as k" + i)
            .collect(Collectors.joining(", "));
    String values =
        IntStream.range(0, KEYS.length)
            .mapToObj(i -> "(hash(i * 17 + " + i + ") % 1000000) / 1000.0::double as v" + i)
            .collect(Collectors.joining(", "));
    duck(
        statement -> {
          statement.execute(
              "copy (select epoch_ms("
                  + START_MS
                  + " + i * "
                  + STEP_MS
                  + ") as \"at\", "
                  + keys
                  + ", "
                  + values
                  + " from range("
                  + events
                  + ") t(i)) to '"
                  + work.resolve("events.parquet")
                  + "' (format parquet, compression zstd)");
          // Neither in the order of time nor of any key, at times between those of the events.
          statement.execute(
              "copy (select i as id, epoch_ms("
                  + START_MS
                  + " + 500 + (hash(i * 7) % "
                  + events
                  + ")::bigint * "
                  + STEP_MS
                  + ") as \"at\", "
                  + keys.replace("hash(i * 31", "hash(i * 13")
                  + ", hash(i) % 2 = 0 as label from range("
                  + rows
                  + ") t(i)) to '"
                  + work.resolve("spine.parquet")
                  + "' (format parquet, compression zstd)");
          return 0L;
        });
  }

  private void makeOurs() throws IOException, InterruptedException {
    Definitions definitions = definitions();
    SpineSet set =
        SpineSet.of(
            definitions,
            "last_values",
            work.resolve("spine.parquet"),
            new SpineOptions(
                Optional.empty(), Runtime.getRuntime().availableProcessors(), MEMORY_MB / 4));
    try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all())) {
      set.write(past, work.resolve("ours"), (step, done, of, read) -> {});
    }
  }

  private Definitions definitions() {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < KEYS.length; i++) {
      fields.append("{\"name\": \"k").append(i).append("\", \"type\": \"string\"},");
      fields.append("{\"name\": \"v").append(i).append("\", \"type\": \"double\"},");
    }
    String avro =
        "{\"type\": \"record\", \"name\": \"happening\", \"fields\": ["
            + fields
            + "{\"name\": \"at\", \"type\":"
            + " {\"type\": \"long\", \"logicalType\": \"timestamp-millis\"}}]}";
    DefinitionBuilder builder =
        new DefinitionBuilder()
            .source(SourceBuilder.named("happenings").schema(avro).eventTime("at"));
    ServiceBuilder service = ServiceBuilder.named("last_values").request("happenings");
    for (int i = 0; i < KEYS.length; i++) {
      builder.view(
          ViewBuilder.named("view" + i)
              .entity("k" + i)
              .source("happenings")
              .feature("last", FeatureBuilder.last("v" + i)));
      service.feature("view" + i, "*");
    }
    Definitions defined = builder.service(service).build();
    EventSource bare = defined.sources().get(0);
    History history =
        new History(
            work.resolve("events.parquet"), Optional.empty(), Map.of(), Optional.of(Duration.ZERO));
    EventSource source =
        new EventSource(
            bare.name(),
            bare.topic(),
            bare.schema(),
            bare.avro(),
            bare.time(),
            bare.messageKey(),
            Optional.of(history),
            bare.expectations());
    return new Definitions(List.of(source), defined.views(), defined.services());
  }

  private void makeJoins() throws SQLException {
    String columns =
        IntStream.range(0, KEYS.length)
            .mapToObj(i -> "e" + i + ".v" + i + " as view" + i + "__last")
            .collect(Collectors.joining(", "));
    String joins =
        IntStream.range(0, KEYS.length)
            .mapToObj(
                i ->
                    String.format(
                        Locale.ROOT,
                        " asof left join (select \"at\", k%1$d, v%1$d from events) e%1$d"
                            + " on s.k%1$d = e%1$d.k%1$d and s.\"at\" > e%1$d.\"at\"",
                        i))
            .collect(Collectors.joining());
    duck(
        statement -> {
          statement.execute(
              "create view events as from read_parquet('" + work.resolve("events.parquet") + "')");
          statement.execute(
              "copy (select s.*, "
                  + columns
                  + " from read_parquet('"
                  + work.resolve("spine.parquet")
                  + "') s"
                  + joins
                  + ") to '"
                  + work.resolve("join.parquet")
                  + "' (format parquet, compression zstd)");
          return 0L;
        });
  }

  private long differences() throws SQLException {
    String differs =
        IntStream.range(0, KEYS.length)
            .mapToObj(i -> "o.view" + i + "__last is distinct from j.view" + i + "__last")
            .collect(Collectors.joining(" or "));
    return duck(
        statement -> {
          try (ResultSet row =
              statement.executeQuery(
                  "select count(*) from read_parquet('"
                      + work.resolve("ours")
                      + "/*.parquet') o full join read_parquet('"
                      + work.resolve("join.parquet")
                      + "') j using (id) where o.label is null or j.label is null or "
                      + differs)) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  private interface Work {
    void run() throws Exception;
  }

  private interface Query {
    long of(Statement statement) throws SQLException;
  }

  private long duck(Query query) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("set memory_limit = '" + MEMORY_MB + "MB'");
      statement.execute("set temp_directory = '" + work.resolve("spill") + "'");
      return query.of(statement);
    }
  }

  private static double[] timed(String name, Work work) throws Exception {
    long processor = processorNanos();
    long clock = System.nanoTime();
    work.run();
    double[] seconds = {(System.nanoTime() - clock) / 1e9, (processorNanos() - processor) / 1e9};
    System.err.printf(
        Locale.ROOT, "%s: %.1f s, %.1f s of processors%n", name, seconds[0], seconds[1]);
    return seconds;
  }

  private static long processorNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double best(List<double[]> seconds, int column) {
    return seconds.stream().mapToDouble(one -> one[column]).min().orElseThrow();
  }

  private static List<Double> column(List<double[]> seconds, int column) {
    return seconds.stream().map(one -> rounded(one[column])).toList();
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static long size(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
