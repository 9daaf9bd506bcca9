package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.erasure.CardDefinitions;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.erasure.ShortManifest;
import io.millrace.jobs.erasure.ToldErasures;
import io.millrace.jobs.vector.VectorPart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** States of an erased subject are dropped, once, and those of others never. */
class FeatureErasureTest {
  @TempDir Path folder;
  private DefinitionSet set;
  private ViewAggregator card;
  private ViewAggregator pair;

  @BeforeEach
  void define() throws Exception {
    CardDefinitions.write(folder);
    set = DefinitionSet.read(folder, Map.of());
    ViewGraph graph = ViewGraph.of(set.definitions());
    card = graph.node("card").aggregator();
    pair = graph.node("pair").aggregator();
  }

  @Test
  void shouldDropStatesMessagesAndWhatAsksOfASubject() throws Exception {
    try (var harness = harness(ToldErasures.begin())) {
      harness.open();
      pay(harness, "a", "x|y", 10);
      pay(harness, "b", "x|y", 10);
      harness.processWatermark(new Watermark(20));
      pay(harness, "a", "x|y", 30);
      harness.processElement(new StreamRecord<>(ask("a", 40, "r1"), 40));
      ToldErasures.tell("card", "a", Erasure.Phase.CLOSE, 1_000);
      checkpoint(harness, 1);
      assertThat(answer(harness)).as("not by refusing alone").isNull();

      ToldErasures.tell("card", "a", Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 2);
      assertThat(answer(harness)).as("answered at once").isEqualTo(Values.of(0L));
      assertThat(ToldErasures.acks().get(1).removed())
          .as("two states, two waiting events and an ask")
          .isEqualTo(5);
      assertThat(ToldErasures.acks()).extracting(ack -> ack.checkpoint()).containsExactly(1L, 2L);

      pay(harness, "a", "x|y", 50);
      pay(harness, "b", "x|y", 50);
      harness.processWatermark(new Watermark(60));
      assertThat(newest(harness, "card_v1", "a")).isEqualTo(Values.of(1L));
      assertThat(newest(harness, "card_v1", "b")).isEqualTo(Values.of(2L));
      assertThat(newest(harness, "pair_v1", "x\\|y|a")).isEqualTo(Values.of(1L));
      assertThat(newest(harness, "pair_v1", "x\\|y|b")).isEqualTo(Values.of(2L));
    }
  }

  @Test
  void shouldDropWhatAnOlderCheckpointHasAndKeepWhatCameSince() throws Exception {
    ErasureSettings settings = ToldErasures.begin();
    OperatorSubtaskState older;
    OperatorSubtaskState newer;
    try (var harness = harness(settings)) {
      harness.open();
      pay(harness, "a", "x", 10);
      harness.processWatermark(new Watermark(20));
      older = harness.snapshot(1, 1);
      ToldErasures.tell("card", "a", Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 2);
      ToldErasures.tell("card", "a", Erasure.Phase.OPEN, 1_000);
      checkpoint(harness, 3);
      pay(harness, "a", "x", 2_000);
      harness.processWatermark(new Watermark(2_001));
      newer = harness.snapshot(4, 4);
    }
    assertThat(countAfter(settings, older)).as("only the new one").isEqualTo(Values.of(1L));
    assertThat(countAfter(settings, newer)).as("both of the new subject").isEqualTo(Values.of(2L));
  }

  @Test
  void shouldLeaveNoByteInTheFilesOfTheStateBackend() throws Exception {
    Path files = Files.createDirectory(folder.resolve("db"));
    EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend(true);
    backend.setDbStoragePath(files.toString());
    backend.setRocksDBOptions(new ShortManifest());
    try (var harness = harness(ToldErasures.begin())) {
      harness.setStateBackend(backend);
      harness.open();
      // The last key in the files, so that manifests name it.
      pay(harness, "zebedee", "zoo", 10);
      pay(harness, "b", "x", 10);
      harness.processWatermark(new Watermark(20));
      checkpoint(harness, 1);
      pay(harness, "zebedee", "zoo", 30);
      harness.processWatermark(new Watermark(40));
      checkpoint(harness, 2);
      assertThat(filesWith(files, "zebedee"))
          .as("the search finds it")
          .anyMatch(name -> name.endsWith(".sst"))
          .anyMatch(name -> name.startsWith("MANIFEST"));
      ToldErasures.tell("card", "zebedee", Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 3);
      assertThat(filesWith(files, "zebedee")).isEmpty();
      pay(harness, "b", "x", 50);
      harness.processWatermark(new Watermark(60));
      assertThat(newest(harness, "card_v1", "b")).as("others stay").isEqualTo(Values.of(2L));
    }
  }

  @Test
  void shouldLeaveNoByteWhereASubtaskHasNothingElse() throws Exception {
    Path files = Files.createDirectory(folder.resolve("db"));
    EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend(true);
    backend.setDbStoragePath(files.toString());
    backend.setRocksDBOptions(new ShortManifest());
    try (var harness = harness(ToldErasures.begin())) {
      harness.setStateBackend(backend);
      harness.open();
      pay(harness, "zebedee", "zoo", 10);
      harness.processWatermark(new Watermark(20));
      checkpoint(harness, 1);
      assertThat(filesWith(files, "zebedee")).as("the search finds it").isNotEmpty();
      ToldErasures.tell("card", "zebedee", Erasure.Phase.DROP, 1_000);
      checkpoint(harness, 2);
      assertThat(filesWith(files, "zebedee")).isEmpty();
    }
  }

  private static List<String> filesWith(Path root, String text) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(String.valueOf(file.getFileName()));
        }
      }
    }
    return found;
  }

  private Values countAfter(ErasureSettings settings, OperatorSubtaskState state) throws Exception {
    try (var harness = harness(settings)) {
      harness.initializeState(state);
      harness.open();
      pay(harness, "a", "x", 3_000);
      harness.processWatermark(new Watermark(3_001));
      return newest(harness, "card_v1", "a");
    }
  }

  private KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness(
      ErasureSettings settings) throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new FeatureOperator(set, FeatureOperator.HOT_STATE_BYTES, settings, "features"),
            ViewMessage::stateKey,
            Types.STRING,
            128,
            1,
            0);
    harness.setStateBackend(new EmbeddedRocksDBStateBackend());
    return harness;
  }

  private static void checkpoint(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness, long id)
      throws Exception {
    harness.prepareSnapshotPreBarrier(id);
    harness.snapshot(id, id);
    harness.notifyOfCompletedCheckpoint(id);
  }

  private void pay(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness,
      String who,
      String shop,
      long at)
      throws Exception {
    EventSource source = set.definitions().source("payments");
    Values event = Values.of(who, shop, Instant.ofEpochMilli(at));
    assertThat(event.size()).isEqualTo(source.schema().size());
    ViewAggregator[] views = {card, pair};
    String[] ids = {"card_v1", "pair_v1"};
    for (int i = 0; i < views.length; i++) {
      String key = ids[i] + '|' + views[i].keys().keyTextOf(event);
      harness.processElement(
          new StreamRecord<>(
              ViewMessage.event(i, key, at, at, at, views[i].contribution(event)), at));
    }
  }

  private static ViewMessage ask(String who, long at, String request) {
    return ViewMessage.ask(0, "card_v1|" + who, at, at, at, request, 0);
  }

  private static Values answer(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness) {
    var answers = harness.getSideOutput(FeatureOperator.ANSWERS);
    return answers == null || answers.isEmpty()
        ? null
        : ((VectorPart.Answer) answers.peek().getValue()).row();
  }

  private static Values newest(
      KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> harness,
      String view,
      String key) {
    Values newest = null;
    List<StreamRecord<? extends RowUpdate>> all = harness.extractOutputStreamRecords();
    for (StreamRecord<? extends RowUpdate> record : all) {
      var row = record.getValue().row();
      if (row.view().equals(view) && row.key().text().equals(key)) {
        newest = row.values();
      }
    }
    return newest;
  }
}
