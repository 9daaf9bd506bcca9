package io.millrace.inference.flink;

import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import java.nio.FloatBuffer;

/**
 * Runs a batch, and if the model fails on it, halves it until the rows at fault stand alone: a
 * batch of n rows with one bad row costs about {@code 2 log2 n} further runs. On the run thread
 * only.
 */
final class BatchRunner implements AutoCloseable {
  private final ScoreBatch part;
  private long failedRuns;

  /**
   * @param part of the same capacity as the batches, for their halves
   */
  BatchRunner(ScoreBatch part) {
    this.part = part;
  }

  /** Sets a score or a failure for each row of {@code [0, rows)}. */
  void run(ScoreBatch batch, int rows, float[] scores, String[] failures) {
    String failure = tryRun(batch, rows);
    if (failure == null) {
      for (int row = 0; row < rows; row++) {
        scores[row] = batch.score(row);
      }
    } else if (rows == 1) {
      failures[0] = failure;
    } else {
      runHalves(batch.input(), 0, rows, scores, failures);
    }
  }

  private void runHalves(FloatBuffer input, int from, int to, float[] scores, String[] failures) {
    int middle = (from + to) >>> 1;
    runPart(input, from, middle, scores, failures);
    runPart(input, middle, to, scores, failures);
  }

  private void runPart(FloatBuffer input, int from, int to, float[] scores, String[] failures) {
    int columns = part.columns();
    part.input().put(0, input, from * columns, (to - from) * columns);
    String failure = tryRun(part, to - from);
    if (failure == null) {
      for (int row = from; row < to; row++) {
        scores[row] = part.score(row - from);
      }
    } else if (to - from == 1) {
      failures[from] = failure;
    } else {
      runHalves(input, from, to, scores, failures);
    }
  }

  /** What went wrong, or null. */
  private String tryRun(ScoreBatch batch, int rows) {
    try {
      batch.run(rows);
      return null;
    } catch (ScoringException e) {
      failedRuns++;
      return e.getMessage();
    }
  }

  long failedRuns() {
    return failedRuns;
  }

  @Override
  public void close() {
    part.close();
  }
}
