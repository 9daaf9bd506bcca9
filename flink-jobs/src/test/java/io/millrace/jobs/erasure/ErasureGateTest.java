package io.millrace.jobs.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErasureGateTest {
  @TempDir Path folder;
  private DefinitionSet set;

  @BeforeEach
  void define() throws Exception {
    Files.writeString(
        folder.resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": ["null", "string"], "default": null},
          {"name": "amount", "type": "long"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at}
        changes: debezium
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card], nulls: skip}
        source: payments
        features: {spent: {sum: amount}}
        """);
    set = DefinitionSet.read(folder, Map.of());
  }

  @Test
  void shouldMakeAnEmptyLetterOfAnErasedEventAndLeaveAllOthers() throws Exception {
    try (var harness = harness()) {
      harness.open();
      assertThat(passed(harness, good("a", 10))).isEqualTo(good("a", 10));
      ToldErasures.tell("card", "a", Erasure.Phase.CLOSE, 100);
      assertThat(passed(harness, good("a", 10)))
          .as("not before a barrier")
          .isEqualTo(good("a", 10));
      checkpoint(harness, 1);

      SourceRecord.Dead dead = (SourceRecord.Dead) passed(harness, good("a", 5_000));
      assertThat(dead.letter().reason()).isEqualTo("erased");
      assertThat(dead.letter().detail()).isEqualTo("it is of a subject that erasure e-a took out");
      assertThat(dead.letter().value()).isEmpty();
      assertThat(dead.letter().position()).isEqualTo(new Position("payments", 0, 5_000));
      assertThat(passed(harness, good("b", 10))).isEqualTo(good("b", 10));
      assertThat(passed(harness, good(null, 10))).isEqualTo(good(null, 10));

      ToldErasures.tell("card", "a", Erasure.Phase.OPEN, 100);
      checkpoint(harness, 2);
      assertThat(passed(harness, good("a", 100))).isInstanceOf(SourceRecord.Dead.class);
      assertThat(passed(harness, good("a", 101))).isEqualTo(good("a", 101));
      assertThat(ToldErasures.acks())
          .extracting(ack -> ack.phase() + " " + ack.checkpoint() + " " + ack.removed())
          .containsExactly("CLOSE 1 0", "OPEN 2 1");
    }
  }

  @Test
  void shouldKnowWhoIsErasedBeforeTheFirstEvent() throws Exception {
    ErasureSettings settings = ToldErasures.begin();
    ToldErasures.tell("card", "a", Erasure.Phase.OPEN, 100);
    try (var harness = harness(settings)) {
      harness.open();
      assertThat(passed(harness, good("a", 10))).isInstanceOf(SourceRecord.Dead.class);
    }
  }

  @Test
  void shouldTakeTheErasedHalfOutOfAChange() throws Exception {
    try (var harness = harness()) {
      ToldErasures.tell("card", "a", Erasure.Phase.CLOSE, 100);
      harness.open();
      assertThat(passed(harness, change(good("a", 1), good("b", 2))))
          .isEqualTo(new SourceRecord.Change(0, Optional.empty(), Optional.of(good("b", 2)), 1));
      SourceRecord.Change left =
          (SourceRecord.Change) passed(harness, change(good("b", 1), good("a", 2)));
      assertThat(left.before()).contains(good("b", 1).event());
      assertThat(left.after().orElseThrow()).isInstanceOf(SourceRecord.Dead.class);
      SourceRecord whole = change(good("b", 1), good("c", 2));
      assertThat(passed(harness, whole)).isEqualTo(whole);
      assertThat(
              passed(
                  harness,
                  new SourceRecord.Change(
                      0, Optional.of(good("a", 1).event()), Optional.empty(), 1)))
          .isInstanceOf(SourceRecord.Dead.class);
    }
  }

  private OneInputStreamOperatorTestHarness<SourceRecord, SourceRecord> harness() throws Exception {
    return harness(ToldErasures.begin());
  }

  private OneInputStreamOperatorTestHarness<SourceRecord, SourceRecord> harness(
      ErasureSettings settings) throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<SourceRecord, SourceRecord>(
            new ErasureGate(set, settings), 1, 1, 0);
    harness.setup(SourceRecordSerializer.INSTANCE);
    return harness;
  }

  private static void checkpoint(
      OneInputStreamOperatorTestHarness<SourceRecord, SourceRecord> harness, long id)
      throws Exception {
    harness.prepareSnapshotPreBarrier(id);
    harness.snapshot(id, id);
    harness.notifyOfCompletedCheckpoint(id);
  }

  private static SourceRecord passed(
      OneInputStreamOperatorTestHarness<SourceRecord, SourceRecord> harness, SourceRecord record)
      throws Exception {
    harness.processElement(new StreamRecord<>(record, 1));
    List<StreamRecord<? extends SourceRecord>> out = harness.extractOutputStreamRecords();
    return out.get(out.size() - 1).getValue();
  }

  /** Appended at the time at which it happened. */
  private static SourceRecord.Good good(String card, long timeMs) {
    Values values = Values.of(card, 5L, Instant.ofEpochMilli(timeMs));
    return new SourceRecord.Good(
        0, new Event("payments", timeMs, new Position("payments", 0, timeMs), values), timeMs);
  }

  private static SourceRecord.Change change(SourceRecord.Good before, SourceRecord.Good after) {
    return new SourceRecord.Change(0, Optional.of(before.event()), Optional.of(after), 1);
  }
}
