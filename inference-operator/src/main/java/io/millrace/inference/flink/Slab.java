package io.millrace.inference.flink;

import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoreRequest;
import java.util.Arrays;
import org.apache.flink.util.function.RunnableWithException;

/**
 * The rows of one run: their inputs, the requests they came from, and what arrived between them.
 *
 * <p>The task's thread fills it, the run thread scores it, the task's thread empties it; the
 * hand-over goes through an executor and the mailbox, which publish the memory.
 */
final class Slab implements AutoCloseable {
  private final ScoreBatch batch;
  private final ServingVersion owner;
  private final ScoreRequest[] requests;
  private final long[] timestamps;
  private final boolean[] stamped;
  private final long[] arrivedNanos;
  private final float[] scores;
  private final String[] failures;
  private int rows;
  private long runNanos;
  private long failedRuns;

  /** Watermarks and their like, each with the number of rows that precede it here. */
  private RunnableWithException[] marks = new RunnableWithException[8];

  private int[] markRows = new int[8];
  private int markCount;

  Slab(ScoreBatch batch, ServingVersion owner) {
    this.batch = batch;
    this.owner = owner;
    this.requests = new ScoreRequest[batch.capacity()];
    this.timestamps = new long[batch.capacity()];
    this.stamped = new boolean[batch.capacity()];
    this.arrivedNanos = new long[batch.capacity()];
    this.scores = new float[batch.capacity()];
    this.failures = new String[batch.capacity()];
  }

  /** The version that scores these rows, whichever serves by then. */
  ServingVersion owner() {
    return owner;
  }

  int rows() {
    return rows;
  }

  boolean isEmpty() {
    return rows == 0;
  }

  boolean isFull() {
    return rows == requests.length;
  }

  /**
   * Encodes a request into the next row. Nothing is added if that fails.
   *
   * @throws IllegalArgumentException if the vector does not fit the model
   */
  void add(ScoreRequest request, boolean hasTimestamp, long timestamp, long nowNanos) {
    owner.model().encoder().encode(request.vector(), batch.input(), rows);
    requests[rows] = request;
    stamped[rows] = hasTimestamp;
    timestamps[rows] = timestamp;
    arrivedNanos[rows] = nowNanos;
    rows++;
  }

  /** Holds {@code release} back until the rows before it are emitted. */
  void addMark(RunnableWithException release) {
    if (markCount == marks.length) {
      marks = Arrays.copyOf(marks, markCount * 2);
      markRows = Arrays.copyOf(markRows, markCount * 2);
    }
    marks[markCount] = release;
    markRows[markCount++] = rows;
  }

  /** Scores all rows; afterwards each has a score or a failure. On the run thread. */
  void run() {
    BatchRunner runner = owner.runner();
    long startNanos = System.nanoTime();
    long failedBefore = runner.failedRuns();
    runner.run(batch, rows, scores, failures);
    failedRuns = runner.failedRuns() - failedBefore;
    runNanos = System.nanoTime() - startNanos;
  }

  /** How often the model failed on these rows or parts of them. */
  long failedRuns() {
    return failedRuns;
  }

  long runNanos() {
    return runNanos;
  }

  long oldestArrivedNanos() {
    return arrivedNanos[0];
  }

  /** Who takes rows and marks in the order in which they came. */
  interface Sink {
    void scored(ScoreRequest request, boolean hasTimestamp, long timestamp, float score);

    void failed(ScoreRequest request, boolean hasTimestamp, long timestamp, String detail);
  }

  /** Hands everything on in its order, and is empty again. */
  void drainTo(Sink sink) throws Exception {
    int mark = 0;
    for (int row = 0; row < rows; row++) {
      while (mark < markCount && markRows[mark] <= row) {
        marks[mark++].run();
      }
      if (failures[row] == null) {
        sink.scored(requests[row], stamped[row], timestamps[row], scores[row]);
      } else {
        sink.failed(requests[row], stamped[row], timestamps[row], failures[row]);
      }
      requests[row] = null;
      failures[row] = null;
    }
    while (mark < markCount) {
      marks[mark++].run();
    }
    Arrays.fill(marks, 0, markCount, null);
    rows = 0;
    markCount = 0;
  }

  @Override
  public void close() {
    batch.close();
  }
}
