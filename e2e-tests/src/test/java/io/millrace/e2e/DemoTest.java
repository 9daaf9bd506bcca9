package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.server.Millrace;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.WorkFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The whole walk as the README's command does it, on the first events of San Francisco 2020. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DemoTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Path FLIGHTS = HOME.resolve("feature-definitions/flights");
  private static final int EVENTS = 60_000;

  @TempDir static Path folder;
  private String shown;

  private record Outcome(int status, String out, String err) {}

  @BeforeAll
  void runTheDemo() {
    System.setProperty("millrace.home", HOME.toString());
    Outcome demo =
        millrace(
            "demo",
            "--data",
            "sfo2020",
            "--events",
            Integer.toString(EVENTS),
            "--exit-when-done",
            "--work-dir",
            work().toString());
    shown = demo.err();
    assertThat(demo.status()).as(shown).isZero();
  }

  @Test
  void readIsAppliedAndLateAndDead() {
    Matcher books =
        Pattern.compile("events read +([\\d,]+) = applied ([\\d,]+) \\+ late 0 \\+ dead 0\n")
            .matcher(shown);
    assertThat(books.find()).as(shown).isTrue();
    assertThat(books.group(1)).isEqualTo("60,000");
    assertThat(books.group(2)).isEqualTo("60,000");
  }

  @Test
  void servedVectorsEqualWhatTheEventsSay() {
    Outcome parity =
        millrace(
            "parity",
            "--definitions",
            FLIGHTS.toString(),
            "--set",
            "dataset=sfo2020",
            "--service",
            "delay_v1",
            "--store",
            work().resolve("offline").toString(),
            "--sample",
            "3000");
    assertThat(parity.status()).as(parity.err()).isZero();
    assertThat(parity.out()).contains("3,000 sampled: 3,000 equal to the bit, 0 not");
  }

  @Test
  void redisHoldsTheNewestRowOfEveryCarrier() throws Exception {
    assertThat(shown).contains(", Redis 127.0.0.1:");
    Definitions flights = DefinitionFiles.load(FLIGHTS, Map.of("dataset", "sfo2020"));
    List<OnlineView> views =
        ViewGraph.of(flights).asDefined().stream()
            .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema(), node.events()))
            .toList();
    Outcome newest =
        millrace(
            "sql",
            "--format",
            "csv",
            "--store",
            work().resolve("offline").toString(),
            "SELECT carrier, epoch_ms(as_of), sequence FROM carrier_v1 QUALIFY row_number() OVER"
                + " (PARTITION BY carrier ORDER BY as_of DESC, sequence DESC) = 1");
    assertThat(newest.status()).as(newest.err()).isZero();
    List<String> stored = newest.out().lines().skip(1).toList();
    assertThat(stored).hasSizeGreaterThan(5);
    try (WorkFolder work = WorkFolder.open(work());
        RedisServer redis = RedisServer.start(work, HOME);
        OnlineStore online =
            OnlineSettings.of(
                    Map.of("online.store", "redis", "online.redis.nodes", redis.address()))
                .openReader(views, InstantSource.system(), Duration.ZERO)) {
      for (String line : stored) {
        String[] columns = line.split(",");
        FeatureRow row =
            online
                .get(List.of(new OnlineKey("carrier_v1", EntityKey.of(columns[0]))))
                .get(0)
                .row()
                .orElseThrow();
        assertThat(row.asOfMs() + "," + row.sequence())
            .as("carrier %s", columns[0])
            .isEqualTo(columns[1] + "," + columns[2]);
      }
    }
  }

  @Test
  void everyRequestHasExactlyOnePrediction() {
    String counts =
        sql(
            "SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM scheduled) FROM predictions");
    String[] numbers = counts.split(",");
    assertThat(numbers[0]).isEqualTo(numbers[1]).isEqualTo(numbers[2]);
    assertThat(Integer.parseInt(numbers[0])).isGreaterThan(EVENTS / 4);
  }

  @Test
  void threeIndependentReadersAgreeOnTheParquet() throws Exception {
    Definitions flights = DefinitionFiles.load(FLIGHTS, Map.of());
    for (EventSource source : flights.sources()) {
      Path table = work().resolve("offline/events/" + source.name());
      if (!source.name().equals("weather")) {
        String duckDb = sql("SELECT count(*), sum(flight_num) FROM " + source.name());
        assertThat(duckDb).isEqualTo(parquetJava(table, "flight_num").replace(' ', ','));
        assertThat(duckDb).isEqualTo(node(table, "flight_num").replace(' ', ','));
      }
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void aSecondRunKeepsTheModelAndBeginsAnew() {
    Outcome second =
        millrace(
            "demo",
            "--data",
            "sfo2020",
            "--events",
            "2000",
            "--exit-when-done",
            "--work-dir",
            work().toString());
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(second.err()).contains("model delay version 1 from an earlier run");
    assertThat(second.err()).contains("2,000 = applied 2,000 + late 0 + dead 0");
  }

  private static Path work() {
    return folder.resolve("work");
  }

  private String sql(String query) {
    Outcome outcome =
        millrace("sql", "--format", "csv", "--store", work().resolve("offline").toString(), query);
    assertThat(outcome.status()).as(outcome.err()).isZero();
    return outcome.out().lines().skip(1).findFirst().orElseThrow();
  }

  private static String parquetJava(Path table, String column) throws Exception {
    long rows = 0;
    long sum = 0;
    List<Path> files;
    try (Stream<Path> paths = Files.walk(table)) {
      files = paths.filter(path -> path.toString().endsWith(".parquet")).toList();
    }
    for (Path file : files) {
      try (ParquetReader<GenericRecord> reader =
          AvroParquetReader.<GenericRecord>builder(new LocalInputFile(file)).build()) {
        for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
          rows++;
          sum += ((Number) row.get(column)).longValue();
        }
      }
    }
    return rows + " " + sum;
  }

  private String node(Path table, String column) throws Exception {
    return new Hyparquet(folder.resolve("reader")).run("count.mjs", table.toString(), column);
  }

  private static Outcome millrace(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Millrace.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Outcome(status, out.toString(), err.toString());
  }
}
