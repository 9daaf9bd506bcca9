package io.millrace.inference;

import java.nio.FloatBuffer;

/**
 * The inputs and scores of up to {@link #capacity()} rows, in memory that is allocated once and
 * used again for every run.
 *
 * <pre>{@code
 * encoder.encode(vector, batch.input(), 0);
 * batch.run(1);
 * float score = batch.score(0);
 * }</pre>
 *
 * <p>Not thread-safe: it may be handed from one thread to another, but is used by one at a time.
 */
public interface ScoreBatch extends AutoCloseable {
  /** The most rows that one run takes. */
  int capacity();

  /** The floats of one row. */
  int columns();

  /** All rows' inputs, row after row; written by absolute position. */
  FloatBuffer input();

  /**
   * Scores rows {@code [0, rows)}. After a failure the scores are undefined, the inputs unchanged
   * and the batch may be used again.
   *
   * @throws ScoringException if the model fails on these rows
   * @throws IllegalArgumentException if rows is not in [1, capacity]
   */
  void run(int rows) throws ScoringException;

  /** The score of a row of the last run. */
  float score(int row);

  @Override
  void close();
}
