package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.chain.NaiveViews;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.flink.InferenceTypes;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.vector.VectorAssembler;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.offline.training.TrainingSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views on views in a stream, against the composed oracle and the training set. */
class ViewStreamsTest {
  private static final long MINUTE = 60_000;
  private static final int DISORDER_MS = 600_000;
  private static final List<SourceRecord> RECORDS = new ArrayList<>();
  private static final ConcurrentLinkedQueue<RowUpdate> ROWS = new ConcurrentLinkedQueue<>();
  private static final ConcurrentLinkedQueue<ScoreRequest> VECTORS = new ConcurrentLinkedQueue<>();

  @TempDir Path folder;
  private DefinitionSet set;
  private Definitions definitions;

  @BeforeEach
  void define() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": ["null", "string"], "default": null},
          {"name": "shop", "type": "string"},
          {"name": "before", "type": ["null", "string"], "default": null},
          {"name": "amount", "type": ["null", "long"], "default": null},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("order.avsc"),
        """
        {"type": "record", "name": "order", "fields": [
          {"name": "id", "type": "long"},
          {"name": "card", "type": "string"},
          {"name": "shop", "type": ["null", "string"], "default": null},
          {"name": "level", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m}
        ---
        kind: EventSource
        name: orders
        topic: orders
        schema: order.avsc
        event-time: {field: at, disorder: 10m}
        ---
        # The deepest first: the order in the file does not matter.
        kind: FeatureView
        name: order_at
        entity: {keys: [card], nulls: skip}
        source: orders
        join:
          payer: {view: card, keys: {card: card}}
          shop: {view: shop}
          peak: {view: peak}
        features:
          load_1h: {sum: "payer__busier_30m + shop__payments_1h", window: 1h, resolution: 5m}
          last_excess: {last: payer__excess_1h}
          peaks_20m: {max: peak__highest_1h, window: 20m}
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card], nulls: skip}
        source: payments
        join:
          shop: {view: shop}
          before: {view: shop, keys: {shop: before}}
        features:
          excess_1h: {avg: "amount - shop__mean_10m", window: 1h, resolution: 5m}
          busier_30m: {count: "*", where: "shop__payments_1h > before__payments_1h", window: 30m}
          last_mean: {last: shop__mean_10m}
        ---
        kind: FeatureView
        name: shop
        entity: {keys: [shop], nulls: skip}
        source: payments
        ttl: 40m
        features:
          mean_10m: {avg: amount, window: 10m}
          payments_1h: {count: "*", window: 1h, resolution: 5m}
          last_amount: {last: amount, default: -1}
        ---
        kind: FeatureView
        name: peak
        entity: {keys: [shop], nulls: skip}
        source: {view: shop}
        features:
          highest_1h: {max: mean_10m, window: 1h}
          rows_30m: {count: "*", where: "has(mean_10m)", window: 30m, resolution: 5m}
        ---
        kind: FeatureView
        name: peak_of_peaks
        entity: {keys: [shop], nulls: skip}
        source: {view: peak}
        features:
          mean_1h: {avg: highest_1h, window: 1h, resolution: 5m}
          last_rows: {last: rows_30m}
        ---
        kind: FeatureView
        name: by_load
        entity: {keys: [payments_1h], nulls: skip}
        source: {view: shop}
        features:
          rows_10m: {count: "*", window: 10m}
          last_shop: {last: shop}
        ---
        kind: FeatureService
        name: all_v1
        request: orders
        features:
          - order_at.*
          - card.*
          - shop.*
          - peak.*
          - peak_of_peaks.*
          - {view: by_load, features: "*", keys: {payments_1h: level}}
          - {name: over, expr: "shop__mean_10m > peak__highest_1h || card__last_mean == null"}
        label: {source: orders, on: [id], value: "level >= 0", horizon: 1d}
        """);
    set = DefinitionSet.read(folder, Map.of());
    definitions = set.definitions();
  }

  @Test
  void shouldGiveTheRowsAndVectorsOfTheOracleAndOfTheTrainingSet() throws Exception {
    long seed = 20260801;
    List<Event> events = randomEvents(new Random(seed), 900);
    run(disordered(events, new Random(seed + 1)));

    ViewGraph graph = ViewGraph.of(definitions);
    Naive naive = new Naive(new NaiveViews(graph, (source, wanted) -> of(events, source, wanted)));
    assertThat(ROWS).as("seed %d", seed).hasSizeGreaterThan(2_000);
    for (RowUpdate update : ROWS) {
      String view = definitions.views().get(update.view()).name();
      assertThat(update.row().values())
          .as("seed %d, %s", seed, update.row())
          .isEqualTo(naive.valuesAt(graph, view, update.row().key().text(), update.row().asOfMs()));
    }
    for (int view = 0; view < definitions.views().size(); view++) {
      int position = view;
      assertThat(ROWS.stream().filter(row -> row.view() == position).count())
          .as("rows of %s", definitions.views().get(view).name())
          .isGreaterThan(100);
    }

    VectorPlan plan = VectorPlan.of(definitions.service("all_v1"), definitions);
    Map<String, Values> trained = new HashMap<>();
    List<Event> sorted = new ArrayList<>(events);
    sorted.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
    TrainingSet.of(definitions, "all_v1", Instant.EPOCH, Instant.ofEpochMilli(1L << 50))
        .walk(sorted.iterator(), row -> trained.put(row.requestKey(), row.vector()));
    List<Event> orders = of(events, "orders", values -> true);
    assertThat(VECTORS).hasSameSizeAs(orders);
    Map<String, Values> streamed = new HashMap<>();
    VECTORS.forEach(request -> streamed.put(request.id(), request.vector()));
    boolean[] seen = new boolean[plan.vectorSchema().size()];
    for (Event order : orders) {
      Values[] rows = new Values[plan.lookups().size()];
      for (int i = 0; i < rows.length; i++) {
        VectorPlan.Lookup lookup = plan.lookups().get(i);
        String key = lookup.keys().keyTextOf(order.values());
        rows[i] =
            key == null ? null : naive.valuesAt(graph, lookup.view().name(), key, order.timeMs());
      }
      Values expected = plan.vector(order.values(), rows);
      for (int i = 0; i < seen.length; i++) {
        seen[i] |= !expected.isNull(i);
      }
      assertThat(streamed.get(order.position().toString()))
          .as("seed %d, stream, order %s", seed, order)
          .isEqualTo(expected);
      assertThat(trained.get(String.valueOf(order.values().longAt(0))))
          .as("seed %d, training set, order %s", seed, order)
          .isEqualTo(expected);
    }
    assertThat(seen).as("each value is one that is not null at least once").doesNotContain(false);
  }

  /** The oracle, which forgets nothing of what it scanned. */
  private static final class Naive {
    private final NaiveViews views;
    private final Map<String, Map<String, List<Event>>> events = new HashMap<>();

    private Naive(NaiveViews views) {
      this.views = views;
    }

    private Values valuesAt(ViewGraph graph, String view, String key, long asOfMs) {
      var node = graph.node(view);
      List<Event> ofKey =
          events.computeIfAbsent(view, v -> views.events(node, null)).getOrDefault(key, List.of());
      return io.millrace.feature.window.NaiveAggregator.valuesAt(
          node.view(), node.events(), ofKey, asOfMs);
    }
  }

  private void run(List<SourceRecord> records) throws Exception {
    RECORDS.clear();
    ROWS.clear();
    VECTORS.clear();
    RECORDS.addAll(records);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
    DataStream<SourceRecord> input =
        env.fromSource(
                new NumberSequenceSource(0, records.size() - 1L),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .setParallelism(1)
            .map(new RecordOf())
            .returns(SourceRecordSerializer.TYPE)
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<SourceRecord>forGenerator(context -> new Behind())
                    .withTimestampAssigner((record, at) -> timeOf(record)))
            .setParallelism(1);
    SingleOutputStreamOperator<ViewMessage> messages =
        input.rebalance().process(new Intake(set, "all_v1"));
    ViewStreams views =
        ViewStreams.of(
            set, messages, messages.getSideOutput(Intake.JOINING), FeatureOperator.HOT_STATE_BYTES);
    views
        .rows()
        .map(new KeepRow())
        .returns(RowUpdateSerializer.TYPE)
        .sinkTo(new DiscardingSink<>());
    messages
        .getSideOutput(Intake.requests())
        .union(views.answers())
        .keyBy(VectorPart::requestId, Types.STRING)
        .transform("vectors", InferenceTypes.SCORE_REQUEST, new VectorAssembler(set, "all_v1"))
        .map(new KeepVector())
        .returns(InferenceTypes.SCORE_REQUEST)
        .sinkTo(new DiscardingSink<>());
    env.execute();
  }

  private static long timeOf(SourceRecord record) {
    return ((SourceRecord.Good) record).event().timeMs();
  }

  private static final class RecordOf implements MapFunction<Long, SourceRecord> {
    private static final long serialVersionUID = 1;

    @Override
    public SourceRecord map(Long number) {
      return RECORDS.get(number.intValue());
    }
  }

  private static final class KeepRow implements MapFunction<RowUpdate, RowUpdate> {
    private static final long serialVersionUID = 1;

    @Override
    public RowUpdate map(RowUpdate row) {
      ROWS.add(row);
      return row;
    }
  }

  private static final class KeepVector implements MapFunction<ScoreRequest, ScoreRequest> {
    private static final long serialVersionUID = 1;

    @Override
    public ScoreRequest map(ScoreRequest vector) {
      VECTORS.add(vector);
      return vector;
    }
  }

  /** A watermark with every record, as far behind as records are disordered. */
  private static final class Behind implements WatermarkGenerator<SourceRecord> {
    private long newestMs = Long.MIN_VALUE;

    @Override
    public void onEvent(SourceRecord record, long timestampMs, WatermarkOutput output) {
      newestMs = Math.max(newestMs, timeOf(record));
      output.emitWatermark(new Watermark(newestMs - DISORDER_MS - 1));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }

  private static List<Event> of(List<Event> events, String source, Predicate<Values> wanted) {
    return events.stream()
        .filter(e -> e.source().equals(source) && wanted.test(e.values()))
        .toList();
  }

  /** Each at most the disorder behind one before it. */
  private static List<SourceRecord> disordered(List<Event> events, Random random) {
    Map<Event, Long> arrival = new HashMap<>();
    events.forEach(e -> arrival.put(e, e.timeMs() + random.nextInt(DISORDER_MS)));
    List<Event> arrived = new ArrayList<>(events);
    arrived.sort(Comparator.comparing(arrival::get));
    List<SourceRecord> records = new ArrayList<>();
    for (Event event : arrived) {
      records.add(new SourceRecord.Good(event.source().equals("payments") ? 0 : 1, event, 1));
    }
    return records;
  }

  private static List<Event> randomEvents(Random random, int count) {
    List<Event> events = new ArrayList<>();
    long at = 1_000 * MINUTE + 12_345;
    for (int i = 0; i < count; i++) {
      // Ties, steps of one millisecond (a row's own step), short ones and gaps longer than windows.
      int step = random.nextInt(100);
      at +=
          step < 30
              ? 0
              : step < 45 ? 1 : step < 97 ? random.nextInt(60_000) : random.nextInt(5_400_000);
      String card = String.valueOf((char) ('a' + random.nextInt(4)));
      String shop = "s" + random.nextInt(3);
      String other = random.nextInt(5) == 0 ? null : "s" + random.nextInt(3);
      Position position =
          new Position(random.nextInt(3) == 0 ? "orders" : "payments", random.nextInt(2), i);
      Values values =
          position.topic().equals("orders")
              ? Values.of((long) i, card, other, (long) random.nextInt(6), Instant.ofEpochMilli(at))
              : Values.of(
                  random.nextInt(10) == 0 ? null : card,
                  shop,
                  other,
                  random.nextInt(10) == 0 ? null : (Object) (long) (random.nextInt(1_000) - 300),
                  Instant.ofEpochMilli(at));
      events.add(new Event(position.topic(), at, position, values));
    }
    return events;
  }
}
