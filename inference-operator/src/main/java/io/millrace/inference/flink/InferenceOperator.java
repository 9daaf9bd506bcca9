package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.ScoringModel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.function.RunnableWithException;

/**
 * Scores requests in batches that form by themselves.
 *
 * <pre>
 *  task thread:  encode -> [filling slab] --free?--> run thread: [running slab] --mail--> emit
 * </pre>
 *
 * <p>A row is encoded into the filling slab when it arrives. If the run thread is free, the slab
 * goes to it at once; while it is busy, rows gather for the next run. Waiting for a fuller batch
 * while the model idles would buy nothing, so nothing waits. When the filling slab is full, the
 * task yields to its mailbox until the run ends: back-pressure, never a drop.
 *
 * <p>Rows leave in the order they came, with their timestamps; watermarks and other marks wait for
 * the rows before them. Before a checkpoint barrier everything leaves, so the operator has no state
 * and results precede the barrier: {@code rows = predictions + failures} at every checkpoint.
 *
 * <p>A row that the model fails on is found by halving its batch, and goes to {@link
 * Scoring#FAILURES}; its neighbours are scored.
 */
final class InferenceOperator extends AbstractStreamOperator<Prediction>
    implements OneInputStreamOperator<ScoreRequest, Prediction>, BoundedOneInput, Slab.Sink {
  private static final long serialVersionUID = 1L;

  /** A run of a batch takes milliseconds; one that takes this long will not come back. */
  private static final long CLOSE_SECONDS = 60;

  private final ModelSource source;
  private final ScoringOptions options;
  private final transient MailboxExecutor mailbox;

  private transient ScoringModel model;
  private transient BatchRunner runner;
  private transient ExecutorService runThread;
  private transient ScoringMetrics scoringMetrics;
  private transient long emittedAtMs;

  // Touched by the task's thread alone. Idle: filling and spare. Busy: filling and running.
  private transient Slab filling;
  private transient Slab running;
  private transient Slab spare;

  /** Why a run did not come back; the task is failing. */
  private transient Throwable broken;

  InferenceOperator(
      StreamOperatorParameters<Prediction> parameters, ModelSource source, ScoringOptions options) {
    super(parameters);
    this.source = source;
    this.options = options;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    model = source.open();
    filling = slab();
    spare = slab();
    runner = new BatchRunner(model.newBatch(options.maxBatch()));
    scoringMetrics = new ScoringMetrics(getMetricGroup(), this::waitingRows);
    String name = "score " + getOperatorName();
    runThread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    LOG.info("scoring with {} version {}", model.name(), model.version());
  }

  private Slab slab() {
    return new Slab(model.newBatch(options.maxBatch()), model.encoder());
  }

  private int waitingRows() {
    Slab slab = filling;
    return slab == null ? 0 : slab.rows();
  }

  @Override
  public void processElement(StreamRecord<ScoreRequest> element) throws Exception {
    while (filling.isFull()) {
      requireUnbroken();
      mailbox.yield();
    }
    ScoreRequest request = element.getValue();
    boolean stamped = element.hasTimestamp();
    long timestamp = stamped ? element.getTimestamp() : 0;
    scoringMetrics.arrived();
    try {
      filling.add(request, stamped, timestamp, System.nanoTime());
    } catch (IllegalArgumentException e) {
      fail(request, stamped, timestamp, ScoreFailure.ENCODING, e.getMessage());
      return;
    }
    dispatchIfFree();
  }

  private void dispatchIfFree() {
    if (running == null) {
      Slab slab = filling;
      filling = spare;
      spare = null;
      dispatch(slab);
    }
  }

  private void dispatch(Slab slab) {
    running = slab;
    scoringMetrics.dispatched(slab.rows(), System.nanoTime() - slab.oldestArrivedNanos());
    runThread.execute(() -> runAndTell(slab));
  }

  private void runAndTell(Slab slab) {
    try {
      try {
        slab.run(runner);
        mailbox.execute(this::onRunEnd, "emit scores");
      } catch (RejectedExecutionException e) {
        throw e;
      } catch (RuntimeException | Error e) {
        // Not a bad row: the task must fail and be restored, so that no row is lost.
        mailbox.execute(() -> breakDown(e), "scoring broke down");
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("a run ended after its task", e);
    }
  }

  private void breakDown(Throwable cause) {
    broken = cause;
    requireUnbroken();
  }

  private void requireUnbroken() {
    if (broken != null) {
      throw new IllegalStateException(
          "model " + model.name() + " version " + model.version() + " broke down", broken);
    }
  }

  private void onRunEnd() throws Exception {
    Slab done = running;
    running = null;
    scoringMetrics.ran(done.runNanos(), runner.failedRuns());
    // The next run starts before this one's rows are emitted. Nothing arrives meanwhile: input is
    // read by this thread alone.
    if (!filling.isEmpty()) {
      Slab next = filling;
      filling = null;
      dispatch(next);
    }
    emittedAtMs = getProcessingTimeService().getCurrentProcessingTime();
    done.drainTo(this);
    if (filling == null) {
      filling = done;
    } else {
      spare = done;
    }
  }

  @Override
  public void scored(ScoreRequest request, boolean stamped, long timestamp, float score) {
    scoringMetrics.scored();
    Prediction prediction =
        new Prediction(
            request.id(),
            request.requestKey(),
            request.service(),
            model.name(),
            model.version(),
            request.requestTimeMs(),
            request.appendedAtMs(),
            emittedAtMs,
            request.vector(),
            score);
    output.collect(record(prediction, stamped, timestamp));
  }

  @Override
  public void failed(ScoreRequest request, boolean stamped, long timestamp, String detail) {
    fail(request, stamped, timestamp, ScoreFailure.RUN, detail);
  }

  private void fail(
      ScoreRequest request, boolean stamped, long timestamp, String reason, String detail) {
    scoringMetrics.failed();
    ScoreFailure failure =
        new ScoreFailure(
            request,
            model.name(),
            model.version(),
            getProcessingTimeService().getCurrentProcessingTime(),
            reason,
            String.valueOf(detail));
    output.collect(Scoring.FAILURES, record(failure, stamped, timestamp));
  }

  private static <T> StreamRecord<T> record(T value, boolean stamped, long timestamp) {
    return stamped ? new StreamRecord<>(value, timestamp) : new StreamRecord<>(value);
  }

  /** Lets a mark pass behind the rows that came before it. */
  private void hold(RunnableWithException release) throws Exception {
    if (running == null) {
      release.run();
    } else {
      (filling.isEmpty() ? running : filling).addMark(release);
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    hold(() -> super.processWatermark(mark));
  }

  @Override
  public void processWatermark(WatermarkEvent mark) throws Exception {
    hold(() -> super.processWatermark(mark));
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    hold(() -> super.processWatermarkStatus(status));
  }

  @Override
  public void processLatencyMarker(LatencyMarker marker) throws Exception {
    hold(() -> super.processLatencyMarker(marker));
  }

  @Override
  public void processRecordAttributes(RecordAttributes attributes) throws Exception {
    hold(() -> super.processRecordAttributes(attributes));
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    drain();
    super.prepareSnapshotPreBarrier(checkpointId);
  }

  @Override
  public void endInput() throws Exception {
    drain();
  }

  @Override
  public void finish() throws Exception {
    drain();
    super.finish();
  }

  /** Returns when every row and mark has left. A run's end starts the next while rows wait. */
  private void drain() throws InterruptedException {
    while (running != null) {
      requireUnbroken();
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      if (runEnded()) {
        release();
      } else {
        LOG.error("a run of the model has not ended for {} s; its memory is kept", CLOSE_SECONDS);
      }
    }
  }

  /** Native memory must not go while a run uses it, so even an interrupt waits here. */
  private boolean runEnded() {
    if (runThread == null) {
      return true;
    }
    runThread.shutdown();
    boolean interrupted = false;
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    try {
      while (true) {
        try {
          return runThread.awaitTermination(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void release() throws Exception {
    IOUtils.closeAll(filling, running, spare, runner, model);
  }
}
