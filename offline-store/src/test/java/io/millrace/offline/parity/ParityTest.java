package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestFlights;
import io.millrace.offline.TestSources;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three weeks of real flights through a small stream, then checked. */
class ParityTest {
  private static final Definitions FLIGHTS = TestFlights.over(TestSources.SFO);
  private static final RowSchema VECTOR =
      VectorPlan.of(FLIGHTS.service("delay_v1"), FLIGHTS).vectorSchema();

  @TempDir Path root;

  @Test
  void shouldFindNothingWhenEventsComeInOrder() throws IOException {
    TestStream stream = new TestStream(FLIGHTS, "delay_v1");
    instants(flights()).values().forEach(stream::arrive);
    stream.store(new OfflineStore(root));
    ParityCheck report = check(2000, 1);
    assertThat(report.predictions()).isEqualTo(stream.predictions.size()).isGreaterThan(10_000);
    assertThat(report.sampled()).isEqualTo(2000);
    assertThat(report.mismatches()).isEmpty();
    assertThat(report.matched()).isEqualTo(2000);
  }

  @Test
  void shouldExplainWhatCameLate() throws IOException {
    long seed = 20200101;
    Random random = new Random(seed);
    TestStream stream = new TestStream(FLIGHTS, "delay_v1");
    List<Event> heldBack = new ArrayList<>();
    for (List<Event> instant : instants(flights()).values()) {
      List<Event> inTime = new ArrayList<>();
      for (Event event : instant) {
        boolean late = !event.source().equals("scheduled") && random.nextInt(50) == 0;
        (late ? heldBack : inTime).add(event);
      }
      stream.arrive(inTime);
      if (heldBack.size() >= 20) {
        heldBack.forEach(event -> stream.arrive(List.of(event)));
        heldBack.clear();
      }
    }
    stream.store(new OfflineStore(root));
    ParityCheck report = check(1500, 2);
    assertThat(report.reasons()).as("seed %d", seed).containsOnlyKeys(Reason.LATE_EVENT);
    assertThat(report.mismatches()).hasSizeGreaterThan(50).hasSizeLessThan(1500);
    assertThat(report.mismatches())
        .allSatisfy(mismatch -> assertThat(mismatch.values()).isNotEmpty());
  }

  @Test
  void shouldFindAValueThatWasServedWrongly() throws IOException {
    TestStream stream = new TestStream(FLIGHTS, "delay_v1");
    instants(flights()).values().forEach(stream::arrive);
    int index = VECTOR.requireIndexOf("carrier__arrivals_3h");
    Prediction honest = stream.predictions.get(5000);
    Values forged = copy(honest.vector());
    forged.setLong(index, forged.longAt(index) + 1);
    stream.predictions.set(5000, with(honest, forged));
    Values nulled = copy(stream.predictions.get(5001).vector());
    nulled.setNull(VECTOR.requireIndexOf("hour"));
    stream.predictions.set(5001, with(stream.predictions.get(5001), nulled));
    stream.store(new OfflineStore(root));
    ParityCheck report = check(1_000_000, 3);
    assertThat(report.sampled()).isEqualTo(stream.predictions.size());
    assertThat(report.reasons()).isEqualTo(Map.of(Reason.UNEXPLAINED, 2L));
    assertThat(report.mismatches())
        .filteredOn(mismatch -> mismatch.predictionId().equals(honest.id()))
        .containsExactly(
            new Mismatch(
                honest.id(),
                honest.requestKey(),
                honest.requestTimeMs(),
                "delay",
                1,
                Reason.UNEXPLAINED,
                "",
                List.of(
                    new DifferentValue(
                        "carrier__arrivals_3h",
                        honest.vector().textAt(VECTOR.requireIndexOf("carrier")),
                        Optional.of(Long.toString(forged.longAt(index))),
                        Optional.of(Long.toString(honest.vector().longAt(index)))))));
    assertThat(report.mismatches())
        .flatExtracting(Mismatch::values)
        .anySatisfy(
            difference -> {
              assertThat(difference.feature()).isEqualTo("hour");
              assertThat(difference.served()).isEmpty();
            });
  }

  @Test
  void shouldTellPredictionsOfOtherColumnsAndWithoutARequest() throws IOException {
    TestStream stream = new TestStream(FLIGHTS, "delay_v1");
    instants(flights()).values().forEach(stream::arrive);
    Prediction first = stream.predictions.get(0);
    stream.predictions.add(
        new Prediction(
            "scheduled-0@999999",
            "999999",
            "delay_v1",
            "delay",
            1,
            first.requestTimeMs(),
            0,
            0,
            first.vector(),
            0.5));
    OfflineStore store = new OfflineStore(root);
    stream.store(store);
    RowSchema old = new RowSchema("delay_v1", List.of(Field.nullable("hour", ValueType.INT64)));
    TestStream.write(
        store,
        OfflineTables.predictions("older", old),
        List.of(
            new Prediction(
                "scheduled-0@1", "1", "delay_v1", "older", 1, 0, 0, 0, Values.of(7), 0.5),
            new Prediction("x-0@1", "1", "other_service", "older", 1, 0, 0, 0, Values.of(7), 0.5)));
    ParityCheck report = check(1_000_000, 4);
    assertThat(report.predictions()).isEqualTo(stream.predictions.size() + 1);
    assertThat(report.reasons())
        .isEqualTo(Map.of(Reason.DEFINITION_CHANGE, 1L, Reason.NO_REQUEST, 1L));
  }

  @Test
  void shouldDrawTheSameSampleWithTheSameSeed() throws IOException {
    TestStream stream = new TestStream(FLIGHTS, "delay_v1");
    instants(flights().subList(0, 4000)).values().forEach(stream::arrive);
    stream.predictions.replaceAll(p -> with(p, new Values(VECTOR.size())));
    stream.store(new OfflineStore(root));
    List<Mismatch> once = check(50, 5).mismatches();
    assertThat(once).hasSize(50).isEqualTo(check(50, 5).mismatches());
    assertThat(once)
        .extracting(Mismatch::predictionId)
        .isNotEqualTo(check(50, 6).mismatches().stream().map(Mismatch::predictionId).toList());
  }

  @Test
  void shouldFindNoPredictionsInAnEmptyStore() throws IOException {
    Files.createDirectories(root);
    ParityCheck none = check(10, 1);
    assertThat(none.predictions()).isZero();
    assertThat(none.sampled()).isZero();
    assertThat(none.snapshots()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(0, 1))
        .withMessageContaining("a sample has 1 or more, but it is 0");
  }

  private ParityCheck check(int size, long seed) {
    return Parity.of(FLIGHTS, "delay_v1", new OfflineStore(root)).check(size, seed);
  }

  /** The flights of three weeks, as they are numbered in topics: one partition, then offsets. */
  private static List<Event> flights() {
    List<Event> events = new ArrayList<>();
    Map<String, Long> offsets = new HashMap<>();
    try (MergedHistory past =
        MergedHistory.open(
            FLIGHTS.sources(), HistoryRange.all().until(Instant.parse("2020-01-22T00:00:00Z")))) {
      past.forEachRemaining(
          event -> {
            long offset = offsets.merge(event.source(), 1L, Long::sum);
            events.add(
                new Event(
                    event.source(),
                    event.timeMs(),
                    new Position(event.source(), 0, offset),
                    event.values()));
          });
    }
    return events;
  }

  private static TreeMap<Long, List<Event>> instants(List<Event> events) {
    TreeMap<Long, List<Event>> instants = new TreeMap<>();
    events.forEach(
        event -> instants.computeIfAbsent(event.timeMs(), t -> new ArrayList<>()).add(event));
    return instants;
  }

  private static Values copy(Values values) {
    Values copy = new Values(values.size());
    for (int i = 0; i < values.size(); i++) {
      copy.copyFrom(i, values, i);
    }
    return copy;
  }

  private static Prediction with(Prediction p, Values vector) {
    return new Prediction(
        p.id(),
        p.requestKey(),
        p.service(),
        p.model(),
        p.modelVersion(),
        p.requestTimeMs(),
        p.appendedAtMs(),
        p.scoredAtMs(),
        vector,
        p.score());
  }
}
