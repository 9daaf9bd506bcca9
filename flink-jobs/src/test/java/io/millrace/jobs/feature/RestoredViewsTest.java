package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.jobs.DefinitionSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the states of views that changed, went, or were not seen for long. */
class RestoredViewsTest {
  private static final long MINUTE = 60_000;
  private static final long START = 1_000 * MINUTE;
  private static final String CARD =
      """
      ---
      kind: FeatureView
      name: card
      entity: {keys: [card]}
      source: payments
      features:
        spent: {sum: amount, window: 1h, resolution: 5m}
      """;
  private static final String SHOP =
      """
      ---
      kind: FeatureView
      name: shop
      entity: {keys: [shop]}
      source: payments
      features:
        payments: {count: "*"}
      """;

  @TempDir Path folder;
  private DefinitionSet set;

  @BeforeEach
  void defineASource() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "shop", "type": "string"},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldDropTheStatesOfViewsThatAreNoMore(boolean onRocksDb) throws Exception {
    define(CARD + SHOP);
    List<Event> events = events(7, 200);
    OperatorSubtaskState both = run(null, onRocksDb, events, events.get(199).timeMs()).snapshot();

    define(CARD);
    Run one = run(both, onRocksDb, List.of(), START);
    assertThat(one.keys()).isEqualTo(5);

    define(CARD + SHOP);
    Event next = event(events.get(199).timeMs() + MINUTE, 200, "c0", "s0", 1);
    Run again = run(one.snapshot(), onRocksDb, List.of(next), next.timeMs());
    assertThat(again.rows())
        .filteredOn(update -> update.row().view().equals("shop_v1"))
        .extracting(update -> update.row().values())
        .containsExactly(Values.of(1L));
  }

  @Test
  void shouldMakeRowsAnewAtOnceWhenAWindowBecomesShorter() throws Exception {
    define(CARD + SHOP);
    List<Event> events = events(8, 200);
    long nowMs = events.get(199).timeMs();
    OperatorSubtaskState long1 = run(null, true, events, nowMs).snapshot();

    define(CARD.replace("window: 1h", "window: 10m") + SHOP);
    Run shorter = run(long1, true, List.of(), nowMs);

    ViewNode card = ViewGraph.of(set.definitions()).node("card");
    assertThat(shorter.rows()).hasSize(5);
    for (RowUpdate update : shorter.rows()) {
      assertThat(update.row().asOfMs()).isEqualTo(nowMs + 1);
      List<Event> ofKey =
          events.stream()
              .filter(event -> event.values().textAt(0).equals(update.row().key().text()))
              .toList();
      assertThat(update.row().values())
          .as("%s", update.row())
          .isEqualTo(
              NaiveAggregator.valuesAt(card.view(), card.events(), ofKey, update.row().asOfMs()));
    }
    Run unchanged = run(shorter.snapshot(), true, List.of(), nowMs);
    assertThat(unchanged.rows()).isEmpty();
  }

  @Test
  void shouldForgetAKeyThatIsNotSeenForItsStateTtl() throws Exception {
    define(SHOP.replace("features:", "state-ttl: 2h\nfeatures:"));
    List<Event> events =
        List.of(
            event(START, 0, "c", "s0", 1),
            event(START + 60 * MINUTE, 1, "c", "s0", 1),
            event(START + 60 * MINUTE, 2, "c", "s1", 1));
    Run seen = run(null, true, events, START + 180 * MINUTE - 2);
    assertThat(seen.keys()).isEqualTo(2);
    assertThat(seen.rows()).hasSize(3);

    Run forgotten = run(seen.snapshot(), true, List.of(), START + 180 * MINUTE);
    assertThat(forgotten.keys()).isZero();
    assertThat(forgotten.rows())
        .extracting(update -> update.row().asOfMs() - START + " " + update.row().values())
        .containsExactly("10800000 [0]", "10800000 [0]");

    Event again = event(START + 200 * MINUTE, 3, "c", "s0", 1);
    Run anew = run(forgotten.snapshot(), true, List.of(again), again.timeMs());
    assertThat(anew.rows())
        .extracting(update -> update.row().values())
        .containsExactly(Values.of(1L));
  }

  @Test
  void shouldKeepAForgottenKeyForAsLongAsALateEventMayJoinIt() throws Exception {
    define(SHOP.replace("features:", "state-ttl: 2h\nfeatures:"));
    Path file = folder.resolve("payments.yaml");
    Files.writeString(
        file, Files.readString(file).replace("disorder: 10m", "disorder: 10m, lateness: 1h"));
    set = DefinitionSet.read(folder, Map.of());
    Event first = event(START, 0, "c", "s0", 1);
    Run forgotten = run(null, true, List.of(first), START + 150 * MINUTE);
    assertThat(valuesOf(forgotten)).containsExactly("1 [1]", "7200000 [0]");
    assertThat(forgotten.keys()).isOne();

    Event between = event(START + 100 * MINUTE, 1, "c", "s0", 1);
    Run joined = run(forgotten.snapshot(), true, List.of(between), START + 160 * MINUTE);
    assertThat(valuesOf(joined)).containsExactly("9000001 [2]");

    // Forgotten after 220 minutes, dropped after 280, which is no row.
    Run dropped = run(joined.snapshot(), true, List.of(), START + 281 * MINUTE);
    assertThat(valuesOf(dropped)).containsExactly("13200000 [0]");
    assertThat(dropped.keys()).isZero();
  }

  private static List<String> valuesOf(Run run) {
    return run.rows().stream()
        .map(update -> update.row().asOfMs() - START + " " + update.row().values())
        .toList();
  }

  /** What a run gave. */
  private record Run(List<RowUpdate> rows, int keys, OperatorSubtaskState snapshot) {}

  private void define(String views) throws Exception {
    Files.writeString(
        folder.resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10m}
        """
            + views);
    set = DefinitionSet.read(folder, Map.of());
  }

  private Run run(
      OperatorSubtaskState from, boolean onRocksDb, List<Event> events, long watermarkMs)
      throws Exception {
    try (var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new FeatureOperator(set), ViewMessage::stateKey, Types.STRING)) {
      harness.setStateBackend(
          onRocksDb ? new EmbeddedRocksDBStateBackend() : new HashMapStateBackend());
      harness.setup(RowUpdateSerializer.INSTANCE);
      if (from != null) {
        harness.initializeState(from);
      }
      harness.open();
      List<ViewNode> views = ViewGraph.of(set.definitions()).asDefined();
      for (Event event : events) {
        for (int view = 0; view < views.size(); view++) {
          var aggregator = views.get(view).aggregator();
          harness.processElement(
              new StreamRecord<>(
                  ViewMessage.event(
                      view,
                      aggregator.view().id() + '|' + aggregator.keys().keyTextOf(event.values()),
                      event.timeMs(),
                      event.position().order(),
                      0,
                      aggregator.contribution(event.values())),
                  event.timeMs()));
        }
      }
      harness.processWatermark(new Watermark(watermarkMs));
      OperatorSubtaskState snapshot = harness.snapshot(1, 1);
      List<RowUpdate> rows = new ArrayList<>(harness.extractOutputValues());
      int keys =
          (int)
              harness
                  .getOperator()
                  .getKeyedStateBackend()
                  .getKeys("view-state", org.apache.flink.runtime.state.VoidNamespace.INSTANCE)
                  .count();
      return new Run(rows, keys, snapshot);
    }
  }

  private static List<Event> events(long seed, int count) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    long at = START;
    for (int i = 0; i < count; i++) {
      at += random.nextInt(3) * MINUTE;
      events.add(event(at, i, "c" + i % 5, "s" + random.nextInt(3), random.nextInt(100)));
    }
    return events;
  }

  private static Event event(long atMs, int offset, String card, String shop, long amount) {
    return new Event(
        "payments",
        atMs,
        new Position("payments", 0, offset),
        Values.of(card, shop, amount, Instant.ofEpochMilli(atMs)));
  }
}
