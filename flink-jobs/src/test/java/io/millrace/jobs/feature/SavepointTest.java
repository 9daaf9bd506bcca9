package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A small cluster, stopped with a savepoint and started from it with other definitions. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SavepointTest {
  private static final long START = Instant.parse("2024-05-01T12:00:00Z").toEpochMilli();
  private static final long HOUR = 3_600_000;
  private static final List<ViewMessage> MESSAGES = new ArrayList<>();
  private static final BlockingQueue<RowUpdate> ROWS = new LinkedBlockingQueue<>();
  // Reached after all messages.
  private static volatile long watermarkMs;

  @TempDir Path folder;
  private DefinitionSet set;

  @BeforeEach
  void defineASource() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
  }

  @Test
  void shouldForgetKeysAndDropViewsOverASavepoint() throws Exception {
    define("card", "known");
    messages(START, 10);
    watermarkMs = START + HOUR;
    String first = run("", 20);

    // A view is gone; the keys of the other are forgotten when their time has come.
    define("card");
    messages(START, 0);
    watermarkMs = START + 2 * HOUR;
    String second = run(first, 10);
    assertThat(last)
        .extracting(update -> update.row().asOfMs() + " " + update.row().values())
        .containsOnly(START + 2 * HOUR + " [0]");

    define("card", "known");
    messages(START + 3 * HOUR, 1);
    watermarkMs = START + 3 * HOUR + 1;
    run(second, 2);
    assertThat(last)
        .extracting(update -> update.row().view() + " " + update.row().values())
        .containsExactlyInAnyOrder("card_v1 [1]", "known_v1 [1]");
  }

  @Test
  void shouldKeepTheOtherFeaturesWhereOneIsAddedOneRemovedAndOneChanged() throws Exception {
    features(
        """
        gone: {max: at}
        n: {count: "*"}
        hours: {sum: "hour_of_day(at)", window: 7d, resolution: 1h}
        other: {sum: "hour_of_day(at)"}
        """);
    messages(START, 10);
    watermarkMs = START + HOUR;
    String first = run("", 10);
    assertThat(last)
        .extracting(update -> update.row().values().toString())
        .containsOnly("[" + START + ", 1, 12, 12]");

    features(
        """
        hours: {sum: "hour_of_day(at)", window: 14d, resolution: 1h}
        other: {sum: "hour_of_day(at) + 100"}
        added: {min: at}
        n: {count: "*"}
        """);
    long next = START + 3 * HOUR;
    messages(next, 10);
    watermarkMs = next + 1;
    // Of each key the row that was kept, as it is now, and the row after its payment.
    run(first, 20);
    assertThat(last)
        .extracting(update -> update.row().values().toString())
        .containsOnly("[12, null, null, 1]", "[27, 115, " + next + ", 2]");
  }

  private final List<RowUpdate> last = new ArrayList<>();

  /** Runs until there are so many rows, then stops with a savepoint. */
  private String run(String savepoint, int rows) throws Exception {
    ROWS.clear();
    last.clear();
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    if (!savepoint.isEmpty()) {
      flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
      flink.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, flink);
    env.fromSource(
            new DataGeneratorSource<>(
                number -> number, Long.MAX_VALUE, RateLimiterStrategy.perSecond(500), Types.LONG),
            WatermarkStrategy.<Long>forGenerator(context -> new AfterAll()),
            "numbers")
        .setParallelism(1)
        // Each run has messages of its own.
        .uid("numbers" + savepoint.hashCode())
        .flatMap(new MessageOf())
        .returns(ViewMessageSerializer.TYPE)
        .setParallelism(1)
        .keyBy(ViewMessage::stateKey, Types.STRING)
        .transform("features", RowUpdateSerializer.TYPE, new FeatureOperator(set))
        .uid("features")
        .map(new Keep())
        .returns(RowUpdateSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());
    JobClient job = env.executeAsync();
    boolean stopped = false;
    try {
      while (last.size() < rows) {
        RowUpdate row = ROWS.poll(2, TimeUnit.MINUTES);
        assertThat(row).as("a row after %s", last).isNotNull();
        last.add(row);
      }
      String savepoints = folder.resolve("savepoints").toUri().toString();
      String taken =
          job.stopWithSavepoint(false, savepoints, SavepointFormatType.CANONICAL)
              .get(2, TimeUnit.MINUTES);
      stopped = true;
      return taken;
    } finally {
      if (!stopped) {
        job.cancel().get(1, TimeUnit.MINUTES);
      }
    }
  }

  private static final String SOURCE =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at, disorder: 10m}
      """;

  /** One view of these features. */
  private void features(String features) throws Exception {
    Files.writeString(
        folder.resolve("payments.yaml"),
        SOURCE
            + """
            ---
            kind: FeatureView
            name: card
            entity: {keys: [card]}
            source: payments
            features:
            """
            + features.indent(2));
    set = DefinitionSet.read(folder, Map.of());
  }

  private void define(String... views) throws Exception {
    StringBuilder yaml = new StringBuilder(SOURCE);
    for (String view : views) {
      yaml.append(
          """
          ---
          kind: FeatureView
          name: %s
          entity: {keys: [card]}
          source: payments
          state-ttl: 2h
          features: {payments: {count: "*"}}
          """
              .formatted(view));
    }
    Files.writeString(folder.resolve("payments.yaml"), yaml);
    set = DefinitionSet.read(folder, Map.of());
  }

  /** One for each of so many keys and each view. */
  private void messages(long atMs, int keys) {
    MESSAGES.clear();
    var views = ViewGraph.of(set.definitions()).asDefined();
    for (int key = 0; key < keys; key++) {
      for (int view = 0; view < views.size(); view++) {
        ViewAggregator aggregator = views.get(view).aggregator();
        Values values = Values.of("c" + key, Instant.ofEpochMilli(atMs));
        MESSAGES.add(
            ViewMessage.event(
                view,
                aggregator.view().id() + "|c" + key,
                atMs,
                key,
                0,
                aggregator.contribution(values)));
      }
    }
  }

  private static final class MessageOf implements FlatMapFunction<Long, ViewMessage> {
    private static final long serialVersionUID = 1;

    @Override
    public void flatMap(Long number, Collector<ViewMessage> out) {
      if (number < MESSAGES.size()) {
        out.collect(MESSAGES.get(number.intValue()));
      }
    }
  }

  private static final class Keep implements MapFunction<RowUpdate, RowUpdate> {
    private static final long serialVersionUID = 1;

    @Override
    public RowUpdate map(RowUpdate row) {
      ROWS.add(row);
      return row;
    }
  }

  private static final class AfterAll implements WatermarkGenerator<Long> {
    @Override
    public void onEvent(Long number, long timestampMs, WatermarkOutput output) {
      if (number >= MESSAGES.size()) {
        output.emitWatermark(new Watermark(watermarkMs));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }
}
