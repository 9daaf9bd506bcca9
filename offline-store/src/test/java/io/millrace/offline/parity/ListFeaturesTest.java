package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Definitions;
import io.millrace.feature.Entity;
import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Label;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.KnownRow;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestRows;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.training.TrainingCounts;
import io.millrace.offline.training.TrainingRow;
import io.millrace.offline.training.TrainingSet;
import io.millrace.schema.FeatureRowCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Vectors that hold lists and maps, from the request to the store, its check and a training set.
 */
class ListFeaturesTest {
  private static final RowSchema ASKED =
      new RowSchema(
          "asked",
          List.of(
              Field.required("at", ValueType.TIMESTAMP),
              Field.required("id", ValueType.INT64),
              Field.nullable("vector", ValueType.FLOAT64_LIST),
              Field.nullable("ids", ValueType.INT64_LIST),
              Field.nullable("words", ValueType.STRING_LIST),
              Field.nullable("shares", ValueType.FLOAT64_MAP),
              Field.required("who", ValueType.INT64),
              Field.required("word", ValueType.STRING)));
  private static final EventSource SOURCE =
      TestSources.source("asked", ASKED, "at", TestSources.sorted(Path.of("unused")));
  private static final Definitions DEFINITIONS =
      new Definitions(
          List.of(SOURCE),
          List.of(
              new FeatureView(
                  "visitor",
                  1,
                  Entity.of("who"),
                  "asked",
                  Optional.empty(),
                  List.of(
                      feature("last_3", Aggregation.LAST_K, "id"),
                      feature("top_words", Aggregation.TOP_K, "word"),
                      feature("by_word", Aggregation.COUNT_BY, "word")))),
          List.of(
              new FeatureService(
                  "lists_v1",
                  "asked",
                  List.of(
                      new ServiceFeature.Computed("vector", "vector"),
                      new ServiceFeature.Computed("ids", "ids"),
                      new ServiceFeature.Computed("words", "words"),
                      new ServiceFeature.Computed("shares", "shares"),
                      new ServiceFeature.OfView("visitor", "last_3", Map.of()),
                      new ServiceFeature.OfView("visitor", "top_words", Map.of()),
                      new ServiceFeature.OfView("visitor", "by_word", Map.of())),
                  Optional.of(new Label("asked", List.of("id"), "id > 100", Duration.ofDays(1))))));

  @TempDir Path root;

  private static Feature feature(String name, Aggregation aggregation, String input) {
    return new Feature(
        name,
        aggregation,
        input,
        AggregationParameters.NONE.withK(3),
        Optional.empty(),
        WindowSpec.slidingExact(Duration.ofMillis(60)),
        Optional.empty(),
        "");
  }

  @Test
  void shouldServeStoreAndRecomputeListsToTheBit() throws IOException {
    long seed = 41;
    TestStream stream = new TestStream(DEFINITIONS, "lists_v1");
    events(seed).forEach(event -> stream.arrive(List.of(event)));
    stream.store(new OfflineStore(root));

    ParityCheck report = check();

    assertThat(report.sampled()).isEqualTo(200);
    assertThat(report.mismatches()).as("seed %d", seed).isEmpty();
    Values last = stream.predictions.get(199).vector();
    assertThat((List<?>) last.objectAt(4)).as("seed %d", seed).hasSize(3);
    assertThat((List<?>) last.objectAt(5)).as("seed %d", seed).hasSize(3);
    assertThat((Map<?, ?>) last.objectAt(6)).as("seed %d", seed).isNotEmpty();
  }

  @Test
  void shouldFindAnItemThatWasServedWithAnotherSign() throws IOException {
    TestStream stream = new TestStream(DEFINITIONS, "lists_v1");
    events(42).forEach(event -> stream.arrive(List.of(event)));
    stream.arrive(
        List.of(event(900, List.of(0.5, -0.0), List.of(1L), List.of("a"), Map.of("k", 1.0))));
    Prediction honest = stream.predictions.get(stream.predictions.size() - 1);
    assertThat(honest.requestTimeMs()).isEqualTo(900);
    Values forged = new Values(7);
    for (int i = 0; i < 7; i++) {
      forged.copyFrom(i, honest.vector(), i);
    }
    forged.setList(0, List.of(0.5, 0.0));
    forged.setList(2, List.of());
    forged.setMap(3, Map.of("k", 2.0));
    stream.predictions.set(stream.predictions.size() - 1, with(honest, forged));
    stream.store(new OfflineStore(root));

    Mismatch forgery = check().mismatches().get(0);
    assertThat(forgery.predictionId()).isEqualTo(honest.id());
    assertThat(forgery.reason()).isEqualTo(Reason.UNEXPLAINED);
    assertThat(forgery.values())
        .extracting(
            DifferentValue::feature,
            value -> value.served().orElseThrow(),
            value -> value.recomputed().orElseThrow())
        .containsExactly(
            tuple("vector", "[0.5, 0.0]", "[0.5, -0.0]"),
            tuple("words", "[]", "[a]"),
            tuple("shares", "{k=2.0}", "{k=1.0}"));
  }

  @Test
  void shouldWriteListsIntoATrainingSet() throws IOException {
    long seed = 43;
    TestStream stream = new TestStream(DEFINITIONS, "lists_v1");
    List<Event> events = events(seed);
    events.forEach(event -> stream.arrive(List.of(event)));
    OfflineStore store = new OfflineStore(root);
    stream.store(store);
    TrainingSet set =
        TrainingSet.of(DEFINITIONS, "lists_v1", Instant.EPOCH, Instant.ofEpochMilli(1_000));
    Path file = root.resolve("set.parquet");
    TrainingCounts counts;
    try (ParquetRowWriter<TrainingRow> writer = ParquetRowWriter.open(set.table(), file)) {
      counts =
          set.walk(StoredHistory.open(store, set.sources(), HistoryRange.all()), writer::write);
    }
    assertThat(counts.labelled()).isEqualTo(events.size());
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.fileSchema().fields()).containsAll(set.vectorSchema().fields());
      rows.select(List.of("vector", "ids", "words", "shares"));
      for (Event event : events) {
        assertThat(rows.next()).isTrue();
        Values expected = new Values(4);
        for (int i = 0; i < 4; i++) {
          expected.copyFrom(i, event.values(), i + 2);
        }
        assertThat(rows.row()).as("seed %d, row %d", seed, rows.rowNumber()).isEqualTo(expected);
      }
    }
  }

  @Test
  void shouldKeepTheRowsOfAViewWithLists() throws IOException {
    FeatureView view = DEFINITIONS.view("visitor");
    RowSchema features = ViewAggregator.of(view, ASKED).rowSchema();
    OfflineTable<KnownRow> table = OfflineTables.features(view, ASKED, features);
    Values values = Values.of(List.of(1, 2), List.of(), Map.of("\ud834\udd1e", -0.0));
    FeatureRow row = new FeatureRow("visitor_v1", EntityKey.of("4"), 9, 8, 7, values);
    Path file = root.resolve("rows.parquet");
    try (ParquetRowWriter<KnownRow> writer = ParquetRowWriter.open(table, file)) {
      writer.write(new KnownRow(row, 10, OptionalLong.empty()));
    }
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      rows.select(List.of("last_3", "top_words", "by_word"));
      assertThat(rows.next()).isTrue();
      assertThat(rows.row()).isEqualTo(values);
    }
    FeatureRowCodec codec = new FeatureRowCodec(features);
    assertThat(codec.decode("visitor_v1", row.key(), codec.encode(row))).isEqualTo(row);
  }

  private ParityCheck check() {
    return Parity.of(DEFINITIONS, "lists_v1", new OfflineStore(root)).check(1_000_000, 1);
  }

  private static List<Event> events(long seed) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Values random6 = TestRows.random(ASKED, random);
      events.add(
          event(
              i,
              random6.objectAt(2),
              random6.objectAt(3),
              random6.objectAt(4),
              random6.objectAt(5)));
    }
    return events;
  }

  private static Event event(long at, Object... lists) {
    Values values =
        Values.of(at, at, lists[0], lists[1], lists[2], lists[3], at % 5, "\ud834\udd1e" + at % 7);
    return new Event("asked", at, new Position("asked", 0, at), values);
  }

  private static Prediction with(Prediction prediction, Values vector) {
    return new Prediction(
        prediction.id(),
        prediction.requestKey(),
        prediction.service(),
        prediction.model(),
        prediction.modelVersion(),
        prediction.requestTimeMs(),
        prediction.appendedAtMs(),
        prediction.scoredAtMs(),
        vector,
        prediction.score());
  }
}
