package io.millrace.jobs.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.history.SimulatedJob.Store;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedPast;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A job that begins with what another recorded, then takes the rest from the topic, against that
 * other, which ran all along.
 */
class HandoverTest {
  private static final int PARTITIONS = 3;
  private static final long DISORDER = Duration.ofMinutes(10).toMillis();
  private static final long LATENESS = Duration.ofMinutes(30).toMillis();
  private static final long START = Instant.parse("2024-05-01T21:00:00Z").toEpochMilli();
  private static final long STEP = 10_000;

  @TempDir Path folder;
  private DefinitionSet set;

  /** A record where it lies in the topic. */
  private record Placed(int partition, long offset, SourceRecord record) {}

  @BeforeEach
  void define() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": ["null", "string"], "default": null},
          {"name": "amount", "type": "double"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(folder.resolve("ask.avsc"), ASK);
    define("30m", "");
  }

  private static final String ASK =
      """
      {"type": "record", "name": "ask", "fields": [
        {"name": "card", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  private void define(String lateness, String changes) throws Exception {
    Files.writeString(
        folder.resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m, lateness: %s}
        """
                .formatted(lateness)
            + changes
            + """
            ---
            kind: EventSource
            name: asks
            topic: asks
            schema: ask.avsc
            event-time: {field: at}
            ---
            kind: FeatureView
            name: card
            version: 2
            entity: {keys: [card], nulls: skip}
            source: payments
            features:
              spent_10m: {sum: amount, window: 10m}
              payments_1h: {count: "*", window: 1h, resolution: 5m}
              mean_30m: {avg: amount, window: 30m, resolution: 1m}
              largest_1h: {max: amount, window: 1h, resolution: 5m}
              total: {sum: amount}
              last_amount: {last: amount}
            ---
            kind: FeatureService
            name: credit_v1
            request: asks
            features: [card.*]
            """);
    set = DefinitionSet.read(folder, Map.of());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldMakeEveryRowThatTheJobMadeWhichRanAllAlong(long seed) throws Exception {
    Random random = new Random(seed);
    // Any amounts: the sums are equal to the bit only if they are made in the same order.
    List<Placed> records = records(random, 1_500, 0, 0, () -> random.nextDouble() * 100);
    requireSameRows(seed, random, records, random.nextInt(records.size()));
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33})
  void shouldLeaveTheTimeOfAPartitionThatIsBehindToTheTopics(long seed) throws Exception {
    Random random = new Random(seed);
    // Most of what is recorded last is beyond the watermark.
    long behindMs = Duration.ofHours(5).toMillis();
    List<Placed> records = records(random, 3_600, 0, behindMs, () -> random.nextDouble() * 100);
    requireSameRows(seed, random, records, 2_400 + random.nextInt(1_000));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void shouldLeaveOutWhatWasTooLateAndRepairWhatWasNot(long seed) throws Exception {
    Random random = new Random(seed);
    // Eighths, which sum to the same in any order: a repair comes out of it.
    List<Placed> records = records(random, 1_500, 5, 0, () -> random.nextInt(800) / 8.0);
    Outcome outcome = handOver(random, records, 200 + random.nextInt(records.size() - 400));
    assertThat(outcome.ranAllAlong().late()).as("seed %d", seed).isPositive();
    requireSameValuesAtTheEnd(seed, random, outcome);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void shouldTakeBackAfterTheEdgeWhatWasAddedBeforeIt(long seed) throws Exception {
    define("30m", "changes: debezium\n");
    Random random = new Random(seed);
    List<Placed> records =
        withChanges(random, records(random, 1_200, 0, 0, () -> random.nextInt(800) / 8.0));
    Outcome outcome = handOver(random, records, 200 + random.nextInt(records.size() - 400));
    requireSameValuesAtTheEnd(seed, random, outcome);
  }

  /** Where nothing mends what comes too late. */
  private void requireSameRows(long seed, Random random, List<Placed> records, int cut)
      throws Exception {
    define("0s", "");
    Outcome outcome = handOver(random, records, cut, true);
    String what = "seed %d, edge %s".formatted(seed, outcome.past());
    assertThat(outcome.begunWithHistory().rows())
        .as(what)
        .isEqualTo(outcome.ranAllAlong().rows())
        .hasSizeGreaterThan(500);
    assertThat(outcome.begunWithHistory().late()).as(what).isZero();
  }

  private record Outcome(
      RecordedPast past, SimulatedJob ranAllAlong, SimulatedJob begunWithHistory, long endMs) {}

  private void requireSameValuesAtTheEnd(long seed, Random random, Outcome outcome) {
    for (int i = 0; i < 200; i++) {
      long atMs = outcome.endMs() + random.nextInt((int) Duration.ofHours(1).toMillis());
      assertThat(outcome.begunWithHistory().valuesAt(atMs))
          .as("seed %d, edge %s, as of %d", seed, outcome.past(), atMs)
          .isEqualTo(outcome.ranAllAlong().valuesAt(atMs))
          .hasSizeGreaterThan(2);
    }
  }

  /** Lets one job run through and another begin with what the first had recorded at a moment. */
  private Outcome handOver(Random random, List<Placed> records, int cut) throws Exception {
    return handOver(random, records, cut, false);
  }

  /**
   * @param tie whether the first record after the edge is as old as one may be that is in time
   */
  private Outcome handOver(Random random, List<Placed> records, int cut, boolean tie)
      throws Exception {
    EventSource source = set.definitions().source("payments");
    Path root = folder.resolve("store");
    SimulatedJob along = new SimulatedJob(set, PARTITIONS, DISORDER);
    for (Placed placed : records.subList(0, cut)) {
      along.take(placed.partition(), placed.record());
    }
    List<StoredEvent> recorded = along.recorded();
    Store.write(root, source, recorded, along.watermarkMs(), random);
    if (tie && along.watermarkMs() > START - DISORDER) {
      records.set(cut, at(along.watermarkMs() + 1, records.get(cut)));
    }
    for (Placed placed : records.subList(cut, records.size())) {
      along.take(placed.partition(), placed.record());
    }
    long endMs = along.watermarkMs() + 1;
    along.end();

    RecordedPast past =
        recorded.isEmpty()
            ? RecordedPast.NONE
            : RecordedPast.of(new OfflineStore(root), List.of(source));
    SimulatedJob begun = new SimulatedJob(set, PARTITIONS, DISORDER);
    if (!past.equals(RecordedPast.NONE)) {
      begun = SimulatedHistory.read(begun, set, root, past, 1 + random.nextInt(3), random);
    }
    FromEdge edges = new FromEdge(past);
    for (Placed placed : records) {
      TopicPartition partition = new TopicPartition("payments", placed.partition());
      if (placed.offset() >= edges.getPartitionOffsets(List.of(partition), null).get(partition)) {
        begun.take(placed.partition(), placed.record());
      }
    }
    begun.end();
    return new Outcome(past, along, begun, endMs);
  }

  private static Placed at(long timeMs, Placed placed) {
    SourceRecord.Good good = (SourceRecord.Good) placed.record();
    Values values =
        Values.of("c0", good.event().values().doubleAt(1), Instant.ofEpochMilli(timeMs));
    return new Placed(
        placed.partition(),
        placed.offset(),
        new SourceRecord.Good(
            0,
            new Event("payments", timeMs, good.event().position(), values),
            good.appendedAtMs()));
  }

  /**
   * Records in the order in which they are read.
   *
   * @param late of a hundred, how many are behind the disorder: half of them within the lateness
   * @param behindMs by how much the last partition's time is behind that of the others
   */
  private static List<Placed> records(
      Random random, int count, int late, long behindMs, DoubleSupplier amounts) {
    long[] offsets = new long[PARTITIONS];
    long[] newest = new long[PARTITIONS];
    Arrays.fill(newest, START);
    List<Placed> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int partition = random.nextInt(PARTITIONS);
      // Heartbeats, marks of transactions: not every offset is an event.
      offsets[partition] += 1 + (random.nextInt(5) == 0 ? random.nextInt(3) : 0);
      long nowMs = START + i * STEP - (partition == PARTITIONS - 1 ? behindMs : 0);
      newest[partition] = Math.max(newest[partition], nowMs - random.nextInt(12) * STEP);
      long least = Arrays.stream(newest).min().orElseThrow();
      long behind = random.nextInt((int) (DISORDER / STEP)) * STEP;
      long atMs = newest[partition] - (random.nextBoolean() ? 0 : behind);
      if (random.nextInt(100) < late) {
        atMs =
            random.nextBoolean()
                ? least - DISORDER - LATENESS / 2
                : least - DISORDER - LATENESS - Duration.ofHours(2).toMillis();
      }
      String card = random.nextInt(20) == 0 ? null : "c" + random.nextInt(5);
      Values values = Values.of(card, amounts.getAsDouble(), Instant.ofEpochMilli(atMs));
      Position position = new Position("payments", partition, offsets[partition]);
      records.add(
          new Placed(
              partition,
              offsets[partition],
              new SourceRecord.Good(0, new Event("payments", atMs, position, values), i + 1)));
    }
    return records;
  }

  /** Some of the records change or delete a row that another made in the same partition. */
  private static List<Placed> withChanges(Random random, List<Placed> records) {
    List<Placed> changed = new ArrayList<>();
    List<List<Event>> rows = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      rows.add(new ArrayList<>());
    }
    for (Placed placed : records) {
      SourceRecord.Good good = (SourceRecord.Good) placed.record();
      List<Event> ofPartition = rows.get(placed.partition());
      if (ofPartition.isEmpty() || random.nextInt(3) > 0) {
        ofPartition.add(good.event());
        changed.add(placed);
        continue;
      }
      // One of the last, so that it is taken back within the lateness of when it was.
      int from = Math.max(0, ofPartition.size() - 8);
      Event row = ofPartition.remove(from + random.nextInt(ofPartition.size() - from));
      Event before = new Event("payments", row.timeMs(), good.event().position(), row.values());
      boolean deleted = random.nextInt(3) == 0;
      if (!deleted) {
        ofPartition.add(good.event());
      }
      changed.add(
          new Placed(
              placed.partition(),
              placed.offset(),
              new SourceRecord.Change(
                  0,
                  Optional.of(before),
                  deleted ? Optional.empty() : Optional.of(good),
                  good.appendedAtMs())));
    }
    return changed;
  }
}
