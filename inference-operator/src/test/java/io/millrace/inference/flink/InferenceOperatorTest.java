package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InferenceOperatorTest {
  /** The operator's factory is serialized on its way to a task, so it names its model by number. */
  private static final Map<Integer, ScriptedModel> MODELS = new ConcurrentHashMap<>();

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private ScriptedModel model;
  private OneInputStreamOperatorTestHarness<ScoreRequest, Prediction> harness;

  @BeforeEach
  void open() throws Exception {
    model = new ScriptedModel();
    harness = harness(model, 4);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    model.letAllRun();
    if (harness != null) {
      harness.close();
    }
  }

  /** A task that fails or is cancelled closes its operator without finishing it. */
  private void closeAsAfterAFailure() throws Exception {
    harness.getOperator().close();
    harness = null;
  }

  private static OneInputStreamOperatorTestHarness<ScoreRequest, Prediction> harness(
      ScriptedModel model, int maxBatch) throws Exception {
    int number = NUMBERS.incrementAndGet();
    MODELS.put(number, model);
    ModelSource source = () -> MODELS.get(number);
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            new InferenceOperatorFactory(source, new ScoringOptions(maxBatch)),
            ScoreRequestSerializer.INSTANCE);
    harness.setup(PredictionSerializer.INSTANCE);
    return harness;
  }

  private static ScoreRequest request(int x) {
    return request("r" + x, Values.of((double) x));
  }

  private static ScoreRequest request(String id, Values vector) {
    return new ScoreRequest(id, "key-" + id, "delay_v1", 100, 50, vector);
  }

  private void send(int x) throws Exception {
    harness.processElement(request(x), 1_000 + x);
  }

  /** Runs the next mail, and waits for it if it has not come yet. */
  private void runMail() throws Exception {
    Mail mail = harness.getTaskMailbox().take(TaskMailbox.MIN_PRIORITY);
    mail.run();
  }

  private void awaitGate() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (model.waitingAtGate() == 0) {
      assertThat(System.nanoTime()).as("no run reached the gate").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** Ids of predictions and marks, in the order in which they left. */
  private List<String> output() {
    List<String> output = new ArrayList<>();
    for (Object element : harness.getOutput()) {
      if (element instanceof StreamRecord<?> record) {
        output.add(((Prediction) record.getValue()).id());
      } else if (element instanceof Watermark mark) {
        output.add("w" + mark.getTimestamp());
      } else {
        output.add(element.toString());
      }
    }
    return output;
  }

  private List<ScoreFailure> failures() {
    var side = harness.getSideOutput(Scoring.FAILURES);
    return side == null ? List.of() : side.stream().map(StreamRecord::getValue).toList();
  }

  @Test
  void shouldScoreARequest() throws Exception {
    harness.setProcessingTime(777);
    send(5);
    harness.endInput();

    StreamRecord<?> record = (StreamRecord<?>) harness.getOutput().peek();
    assertThat(record.getTimestamp()).isEqualTo(1_005);
    assertThat(record.getValue())
        .isEqualTo(
            new Prediction(
                "r5",
                "key-r5",
                "delay_v1",
                "scripted",
                4,
                100,
                50,
                777,
                Values.of(5.0),
                5 / 1000f));
  }

  @Test
  void shouldLeaveARecordWithoutTimestampAsItIs() throws Exception {
    harness.processElement(new StreamRecord<>(request(5)));
    harness.endInput();

    assertThat(((StreamRecord<?>) harness.getOutput().peek()).hasTimestamp()).isFalse();
  }

  @Test
  void shouldSendARowAtOnceWhenTheModelIsFree() throws Exception {
    send(1);
    runMail();

    assertThat(output()).containsExactly("r1");
    assertThat(model.runs()).containsExactly(1);
  }

  @Test
  void shouldGatherRowsWhileTheModelIsBusy() throws Exception {
    model.gated();
    send(1);
    awaitGate();
    send(2);
    send(3);
    send(4);
    model.letAllRun();
    harness.endInput();

    assertThat(model.runs()).containsExactly(1, 3);
    assertThat(output()).containsExactly("r1", "r2", "r3", "r4");
  }

  @Test
  void shouldHoldWatermarksBehindTheRowsBeforeThem() throws Exception {
    model.gated();
    send(1);
    harness.processWatermark(10);
    send(2);
    harness.processWatermark(20);
    harness.processWatermark(21);
    send(3);
    harness.processWatermarkStatus(WatermarkStatus.IDLE);
    assertThat(output()).isEmpty();
    model.letAllRun();
    harness.endInput();

    assertThat(output())
        .containsExactly("r1", "w10", "r2", "w20", "w21", "r3", WatermarkStatus.IDLE.toString());
  }

  @Test
  void shouldLetWatermarksThroughWhenNothingWaits() throws Exception {
    harness.processWatermark(10);

    assertThat(output()).containsExactly("w10");
  }

  @Test
  void shouldYieldWhenTheBatchIsFullAndDropNothing() throws Exception {
    model.gated();
    for (int i = 1; i <= 5; i++) {
      send(i);
    }
    awaitGate();
    // One row runs and four wait; the sixth can only come in when the first run has ended.
    model.letRun(1);
    send(6);

    assertThat(output()).containsExactly("r1");
    model.letAllRun();
    harness.endInput();
    assertThat(model.runs()).containsExactly(1, 4, 1);
    assertThat(output()).containsExactly("r1", "r2", "r3", "r4", "r5", "r6");
  }

  @Test
  void shouldStayBlockedWhileTheModelRuns() throws Exception {
    model.gated();
    for (int i = 1; i <= 5; i++) {
      send(i);
    }
    awaitGate();
    Thread task = Thread.currentThread();
    // Opens the gate only after the task was seen to wait: without back-pressure it never waits.
    Thread opener =
        new Thread(
            () -> {
              while (task.getState() != Thread.State.WAITING
                  && task.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
              }
              model.letAllRun();
            });
    opener.start();
    send(6);
    opener.join();
    harness.endInput();

    assertThat(output()).hasSize(6);
  }

  @Test
  void shouldEmitEverythingBeforeTheBarrier() throws Exception {
    model.gated();
    send(1);
    harness.processWatermark(10);
    send(2);
    send(3);
    model.letAllRun();

    harness.prepareSnapshotPreBarrier(1);

    assertThat(output()).containsExactly("r1", "w10", "r2", "r3");
  }

  @Test
  void shouldScoreEveryRequestOnceOverARestore() throws Exception {
    for (int i = 0; i < 50; i++) {
      send(i);
    }
    harness.prepareSnapshotPreBarrier(1);
    OperatorSubtaskState state = harness.snapshot(1, 1);
    List<String> before = output();
    // These rows are lost with the task; the source sends them again after the restore.
    send(50);
    send(51);

    List<String> after = new ArrayList<>(before);
    ScriptedModel next = new ScriptedModel();
    try (var restored = harness(next, 4)) {
      restored.initializeState(state);
      restored.open();
      for (int i = 50; i < 90; i++) {
        restored.processElement(request(i), i);
      }
      restored.endInput();
      restored.extractOutputValues().forEach(prediction -> after.add(prediction.id()));
    }

    List<String> all = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      all.add("r" + i);
    }
    assertThat(after).containsExactlyElementsOf(all);
  }

  @Test
  void shouldKeepOrderAndMarksInAnyInterleaving() throws Exception {
    for (long seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      ScriptedModel some = new ScriptedModel();
      List<String> due = new ArrayList<>();
      List<String> poisoned = new ArrayList<>();
      try (var one = harness(some, 1 + random.nextInt(6))) {
        one.open();
        for (int i = 0; i < 200; i++) {
          switch (random.nextInt(8)) {
            case 0 -> {
              one.processWatermark(i);
              due.add("w" + i);
            }
            case 1 -> {
              if (one.getTaskMailbox().hasMail()) {
                one.getTaskMailbox().take(TaskMailbox.MIN_PRIORITY).run();
              }
            }
            case 2 -> {
              one.processElement(request("p" + i, Values.of((double) ScriptedModel.POISON)), i);
              poisoned.add("p" + i);
            }
            case 3 -> {
              if (random.nextInt(10) == 0) {
                one.prepareSnapshotPreBarrier(i);
              }
            }
            default -> {
              one.processElement(request(i), i);
              due.add("r" + i);
            }
          }
        }
        one.endInput();
        harness.close();
        harness = one;
        assertThat(output()).as("seed %d", seed).containsExactlyElementsOf(due);
        assertThat(failures().stream().map(failure -> failure.request().id()))
            .as("seed %d", seed)
            .containsExactlyElementsOf(poisoned);
      }
    }
  }

  @Test
  void shouldSetAPoisonRowAsideAndScoreItsNeighbours() throws Exception {
    model.gated();
    send(1);
    awaitGate();
    send(2);
    harness.processElement(request("bad", Values.of((double) ScriptedModel.POISON)), 9);
    send(3);
    model.letAllRun();
    harness.endInput();

    assertThat(output()).containsExactly("r1", "r2", "r3");
    assertThat(failures()).hasSize(1);
    ScoreFailure failure = failures().get(0);
    assertThat(failure.request().id()).isEqualTo("bad");
    assertThat(failure.reason()).isEqualTo("run");
    assertThat(failure.detail()).isEqualTo("row 0 of 1 is poison");
    assertThat(failure.model()).isEqualTo("scripted");
    assertThat(failure.modelVersion()).isEqualTo(4);
  }

  @Test
  void shouldSetAVectorOfAnotherSizeAside() throws Exception {
    harness.processElement(request("wide", Values.of(1.0, 2.0)), 9);
    send(1);
    harness.endInput();

    assertThat(output()).containsExactly("r1");
    assertThat(failures().get(0).reason()).isEqualTo("encoding");
    assertThat(failures().get(0).detail())
        .isEqualTo("a vector has 2 values, but the model was trained on scripted with 1");
  }

  @Test
  void shouldFailTheTaskWhenTheModelBreaksDown() throws Exception {
    harness.processElement(request("killer", Values.of((double) ScriptedModel.BREAKDOWN)), 9);

    assertThatThrownBy(this::runMail)
        .hasMessage("model scripted version 4 broke down")
        .hasRootCauseMessage("segmentation fault");
    assertThat(output()).isEmpty();
    // Nor does it end as if all were well.
    assertThatThrownBy(() -> harness.prepareSnapshotPreBarrier(1))
        .hasMessage("model scripted version 4 broke down");
    closeAsAfterAFailure();
  }

  @Test
  void shouldReleaseTheModelWhenItCloses() throws Exception {
    send(1);
    assertThat(model.openBatches()).isEqualTo(3);
    harness.close();

    assertThat(model.openBatches()).isZero();
    assertThat(model.closed()).isTrue();
  }

  @Test
  void shouldWaitForTheRunBeforeItReleasesTheModel() throws Exception {
    model.gated();
    send(1);
    awaitGate();
    Thread task = Thread.currentThread();
    List<Boolean> closedEarly = new ArrayList<>();
    Thread opener =
        new Thread(
            () -> {
              while (task.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
              }
              closedEarly.add(model.closed());
              model.letAllRun();
            });
    opener.start();
    closeAsAfterAFailure();
    opener.join();

    assertThat(closedEarly).containsExactly(false);
    assertThat(model.closed()).isTrue();
  }
}
