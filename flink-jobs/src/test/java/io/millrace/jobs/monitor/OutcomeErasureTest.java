package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Prediction;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.Outcome.Status;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.erasure.ShortManifest;
import io.millrace.jobs.erasure.ToldErasures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Open predictions and labels of an erased subject are dropped, and those of others never. */
class OutcomeErasureTest {
  private static final long HORIZON_MS = 100;
  private static final String SUBJECT = "zebedee";

  @TempDir Path folder;

  @Test
  void shouldDropWhatWaitsForALabelAndTheLabelsThatWaitForAPrediction() throws Exception {
    try (var harness = harness(ToldErasures.begin())) {
      harness.open();
      predict(harness, "open", SUBJECT, 10);
      predict(harness, "other", "b", 10);
      label(harness, SUBJECT, 5);
      predict(harness, "told", SUBJECT, 1);
      harness.processBothWatermarks(new Watermark(20));
      ToldErasures.tell("card", SUBJECT, Erasure.Phase.CLOSE, 1_000);
      checkpoint(harness, 1);
      int entries = harness.numKeyedStateEntries();
      ToldErasures.tell("card", SUBJECT, Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 2);

      assertThat(entries - harness.numKeyedStateEntries()).as("not by refusing alone").isEqualTo(3);
      assertThat(ToldErasures.acks())
          .extracting(ack -> ack.phase(), ack -> ack.checkpoint(), ack -> ack.removed())
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(Erasure.Phase.CLOSE, 1L, 0L),
              org.assertj.core.groups.Tuple.tuple(Erasure.Phase.DROP, 2L, 3L));
      label(harness, SUBJECT, 30);
      label(harness, "b", 30);
      harness.processBothWatermarks(new Watermark(500));
      assertThat(harness.extractOutputValues())
          .extracting(Outcome::predictionId, Outcome::status)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("told", Status.LABELLED),
              org.assertj.core.groups.Tuple.tuple("other", Status.LABELLED));
    }
  }

  @Test
  void shouldDropWhatAnOlderCheckpointHasAndKeepWhatCameSince() throws Exception {
    ErasureSettings settings = ToldErasures.begin();
    OperatorSubtaskState older;
    OperatorSubtaskState newer;
    try (var harness = harness(settings)) {
      harness.open();
      predict(harness, "old", SUBJECT, 10);
      older = harness.snapshot(1, 1);
      ToldErasures.tell("card", SUBJECT, Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 2);
      ToldErasures.tell("card", SUBJECT, Erasure.Phase.OPEN, 1_000);
      checkpoint(harness, 3);
      predict(harness, "new", SUBJECT, 2_000);
      newer = harness.snapshot(4, 4);
    }
    assertThat(outcomesAfter(settings, older)).isEmpty();
    assertThat(outcomesAfter(settings, newer)).containsExactly("new");
  }

  @Test
  void shouldLeaveNoByteInTheFilesOfTheStateBackend() throws Exception {
    Path files = Files.createDirectory(folder.resolve("db"));
    EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend(true);
    backend.setDbStoragePath(files.toString());
    backend.setRocksDBOptions(new ShortManifest());
    try (var harness = harness(ToldErasures.begin(), backend)) {
      harness.open();
      for (int round = 1; round <= 2; round++) {
        // It has the first and last keys in the files, so that manifests name them.
        predict(harness, "p" + round, SUBJECT, 10 * round);
        predict(harness, "o" + round, "b", 10 * round);
        label(harness, SUBJECT, 10 * round + 5);
        harness.processBothWatermarks(new Watermark(10 * round + 7));
        predict(harness, "q" + round, SUBJECT, 10 * round + 8);
        checkpoint(harness, round);
      }
      assertThat(filesWith(files))
          .as("the search finds it")
          .anyMatch(name -> name.endsWith(".sst"))
          .anyMatch(name -> name.startsWith("MANIFEST"));
      assertThat(harness.numEventTimeTimers()).isEqualTo(8);
      ToldErasures.tell("card", SUBJECT, Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 3);
      assertThat(filesWith(files)).isEmpty();
      assertThat(harness.numEventTimeTimers()).as("those of others stay").isEqualTo(2);
      harness.processBothWatermarks(new Watermark(500));
      assertThat(harness.extractOutputValues())
          .filteredOn(outcome -> !outcome.requestKey().contains(SUBJECT))
          .extracting(Outcome::predictionId, Outcome::status)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("o1", Status.UNANSWERED),
              org.assertj.core.groups.Tuple.tuple("o2", Status.UNANSWERED));
    }
  }

  private List<String> outcomesAfter(ErasureSettings settings, OperatorSubtaskState state)
      throws Exception {
    try (var harness = harness(settings)) {
      harness.initializeState(state);
      harness.open();
      harness.processBothWatermarks(new Watermark(5_000));
      return harness.extractOutputValues().stream().map(Outcome::predictionId).toList();
    }
  }

  private static List<String> filesWith(Path root) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(SUBJECT)) {
          found.add(String.valueOf(file.getFileName()));
        }
      }
    }
    return found;
  }

  private static String keyOf(String card) {
    return EntityKey.of("x|y", card).text();
  }

  private static void predict(
      KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome> harness,
      String id,
      String card,
      long timeMs)
      throws Exception {
    harness.processElement1(OutcomeJoinTest.prediction(id, keyOf(card), timeMs), timeMs);
  }

  private static void label(
      KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome> harness,
      String card,
      long timeMs)
      throws Exception {
    harness.processElement2(
        new LabelEvent(keyOf(card), timeMs, Optional.of(true), OptionalLong.empty()), timeMs);
  }

  private static void checkpoint(
      KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome> harness,
      long id)
      throws Exception {
    // The harness does not know of it, as the operator's chain does.
    harness.getOperator().prepareSnapshotPreBarrier(id);
    harness.snapshot(id, id);
    harness.notifyOfCompletedCheckpoint(id);
  }

  private static KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome>
      harness(ErasureSettings settings) throws Exception {
    return harness(settings, new HashMapStateBackend());
  }

  private static KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome>
      harness(ErasureSettings settings, StateBackend backend) throws Exception {
    var harness =
        new KeyedTwoInputStreamOperatorTestHarness<String, Prediction, LabelEvent, Outcome>(
            new OutcomeJoinOperator(HORIZON_MS, List.of("shop", "card"), settings, "join"),
            Prediction::requestKey,
            LabelEvent::requestKey,
            Types.STRING);
    harness.setStateBackend(backend);
    harness.setup(OutcomeSerializer.INSTANCE);
    return harness;
  }
}
