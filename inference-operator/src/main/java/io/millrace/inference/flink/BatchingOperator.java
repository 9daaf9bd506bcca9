package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
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
 * the rows before them. Before a checkpoint barrier everything leaves, so no row is in state and
 * results precede the barrier: {@code rows = predictions + failures} at every checkpoint.
 *
 * <p>A row that the model fails on is found by halving its batch, and goes to {@link
 * Scoring#FAILURES}; its neighbours are scored.
 */
abstract class BatchingOperator extends AbstractStreamOperator<Prediction> implements Slab.Sink {
  private static final long serialVersionUID = 1L;

  /** A run of a batch takes milliseconds; one that takes this long will not come back. */
  private static final long CLOSE_SECONDS = 60;

  final ScoringOptions options;
  final transient MailboxExecutor mailbox;

  private transient ExecutorService runThread;
  private transient ScoringMetrics scoringMetrics;
  private transient long emittedAtMs;

  // Touched by the task's thread alone. While no run is under way, the filling slab is empty.
  private transient ServingVersion serving;
  private transient Slab filling;
  private transient Slab running;

  /** Whose rows are being emitted. */
  private transient ServingVersion emitting;

  /** Why a run did not come back; the task is failing. */
  private transient Throwable broken;

  BatchingOperator(StreamOperatorParameters<Prediction> parameters, ScoringOptions options) {
    super(parameters);
    this.options = options;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    serving = openServing();
    filling = serving.takeSlab();
    scoringMetrics =
        new ScoringMetrics(getMetricGroup(), this::waitingRows, () -> serving.number());
    runThread = Executors.newSingleThreadExecutor(task -> daemon(task, "score"));
    LOG.info("scoring with {} version {}", serving.model().name(), serving.number());
  }

  /** The version to begin with. What it holds is closed by {@link #release}. */
  abstract ServingVersion openServing() throws Exception;

  /** Closes all versions; called when no run is under way, also if opening failed. */
  abstract void release() throws Exception;

  final Thread daemon(Runnable task, String what) {
    Thread thread = new Thread(task, what + " " + getOperatorName());
    thread.setDaemon(true);
    return thread;
  }

  final ScoringMetrics metrics() {
    return scoringMetrics;
  }

  /** Whether a batch runs that was full, so that rows may wait at the input. */
  final boolean fullBatchRuns() {
    return running != null && running.isFull();
  }

  final ServingVersion serving() {
    return serving;
  }

  /**
   * Makes another version serve, between two batches: rows that wait for a run keep the version
   * that they are encoded for.
   */
  final void serve(ServingVersion next) {
    serving = next;
    if (filling.isEmpty()) {
      filling.owner().giveBack(filling);
      filling = next.takeSlab();
    }
  }

  private int waitingRows() {
    Slab slab = filling;
    return slab == null ? 0 : slab.rows();
  }

  final void score(StreamRecord<ScoreRequest> element) throws Exception {
    while (filling.isFull() || isOutdated(filling)) {
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
      fail(serving, request, stamped, timestamp, ScoreFailure.ENCODING, e.getMessage());
      return;
    }
    dispatchIfFree();
  }

  /** Whether its rows are for a version that serves no more; then a run is under way. */
  private boolean isOutdated(Slab slab) {
    return slab.owner() != serving && !slab.isEmpty();
  }

  private void dispatchIfFree() {
    if (running == null) {
      Slab slab = filling;
      filling = serving.takeSlab();
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
        slab.run();
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
          "model %s version %d broke down"
              .formatted(running.owner().model().name(), running.owner().number()),
          broken);
    }
  }

  private void onRunEnd() throws Exception {
    Slab done = running;
    running = null;
    scoringMetrics.ran(done.runNanos(), done.failedRuns());
    // The next run starts before this one's rows are emitted. Nothing arrives meanwhile: input is
    // read by this thread alone.
    if (!filling.isEmpty()) {
      Slab next = filling;
      filling = null;
      dispatch(next);
    }
    emittedAtMs = getProcessingTimeService().getCurrentProcessingTime();
    emitting = done.owner();
    beforeEmit(emitting);
    done.drainTo(this);
    emitting.giveBack(done);
    if (filling == null) {
      filling = serving.takeSlab();
    }
    afterEmit();
  }

  /** The rows of a run are about to leave. */
  void beforeEmit(ServingVersion version) {}

  void emitted(Prediction prediction) {}

  /** The rows of a run have left. */
  void afterEmit() {}

  @Override
  public void scored(ScoreRequest request, boolean stamped, long timestamp, float score) {
    scoringMetrics.scored();
    Prediction prediction =
        new Prediction(
            request.id(),
            request.requestKey(),
            request.service(),
            emitting.model().name(),
            emitting.number(),
            request.requestTimeMs(),
            request.appendedAtMs(),
            emittedAtMs,
            request.vector(),
            score);
    output.collect(record(prediction, stamped, timestamp));
    emitted(prediction);
  }

  @Override
  public void failed(ScoreRequest request, boolean stamped, long timestamp, String detail) {
    fail(emitting, request, stamped, timestamp, ScoreFailure.RUN, detail);
  }

  private void fail(
      ServingVersion version,
      ScoreRequest request,
      boolean stamped,
      long timestamp,
      String reason,
      String detail) {
    scoringMetrics.failed();
    ScoreFailure failure =
        new ScoreFailure(
            request,
            version.model().name(),
            version.number(),
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
  public void finish() throws Exception {
    drain();
    super.finish();
  }

  /** Returns when every row and mark has left. A run's end starts the next while rows wait. */
  final void drain() throws InterruptedException {
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
      if (ended(runThread)) {
        release();
      } else {
        LOG.error("a run of the model has not ended for {} s; its memory is kept", CLOSE_SECONDS);
      }
    }
  }

  /** Native memory must not go while a run uses it, so even an interrupt waits here. */
  static boolean ended(ExecutorService thread) {
    if (thread == null) {
      return true;
    }
    thread.shutdown();
    boolean interrupted = false;
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    try {
      while (true) {
        try {
          return thread.awaitTermination(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
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
}
