package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreRequest;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** A swapping operator with its mailbox in the test's hands. */
final class SwapHarness extends AbstractStreamOperatorTestHarness<Prediction> {
  private int sent;

  SwapHarness(TreeVersions versions, int maxBatch, int subtasks, int subtask) throws Exception {
    super(new SwapOperatorFactory(versions, new ScoringOptions(maxBatch)), 16, subtasks, subtask);
    setup(PredictionSerializer.INSTANCE);
  }

  static ScoreRequest request(int i) {
    Random random = new Random(i);
    return new ScoreRequest(
        "r" + i,
        "k" + i,
        "three",
        i,
        i,
        Values.of(random.nextGaussian(), null, random.nextGaussian()));
  }

  SwapOperator operator() {
    return (SwapOperator) getOperator();
  }

  int sent() {
    return sent;
  }

  void send() throws Exception {
    operator().processElement1(new StreamRecord<>(request(sent), sent));
    sent++;
  }

  void control(long epoch, ModelControl.Op op, int champion, int previous, int candidate) {
    control("trees", epoch, op, champion, previous, candidate);
  }

  void control(
      String model, long epoch, ModelControl.Op op, int champion, int previous, int candidate) {
    operator()
        .processElement2(
            new StreamRecord<>(
                new ModelControl(model, epoch, op, champion, previous, candidate, "test", 1)));
  }

  /** Runs the mails that are there. */
  void runMails() throws Exception {
    while (getTaskMailbox().hasMail()) {
      getTaskMailbox().take(TaskMailbox.MIN_PRIORITY).run();
    }
  }

  /** Runs mails, and waits for more, until the condition holds; the class's timeout ends it. */
  void await(BooleanSupplier condition) throws Exception {
    while (!condition.getAsBoolean()) {
      getTaskMailbox().take(TaskMailbox.MIN_PRIORITY).run();
    }
  }

  void end() throws Exception {
    operator().endInput(1);
    operator().endInput(2);
    operator().finish();
  }

  List<Prediction> predictions() {
    return extractOutputValues();
  }

  List<ModelAck> acks() {
    return side(Scoring.ACKS);
  }

  List<ShadowScore> shadow() {
    return side(Scoring.SHADOW);
  }

  private <T> List<T> side(OutputTag<T> tag) {
    var side = getSideOutput(tag);
    return side == null ? List.of() : side.stream().map(StreamRecord::getValue).toList();
  }
}
