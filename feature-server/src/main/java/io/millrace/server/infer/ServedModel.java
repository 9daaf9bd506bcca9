package io.millrace.server.infer;

import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelBundle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A version in memory that requests share: it is released after the last of them, so that a swap
 * never takes a model away from a request that runs. Thread-safe.
 *
 * <p>Each {@link #retain} that returned true is followed by one {@link #close}.
 */
final class ServedModel implements AutoCloseable {
  /** The most rows of one run; more become several. */
  static final int BATCH = 64;

  /** Writes a row's floats into a batch. */
  interface RowWriter {
    void write(ScoreBatch batch, int row, int position);
  }

  private final LoadedModel model;
  // Whoever put it in its place holds it too.
  private final AtomicInteger holders = new AtomicInteger(1);
  private final Queue<ScoreBatch> idle = new ConcurrentLinkedQueue<>();

  ServedModel(LoadedModel model) {
    this.model = model;
    idle.add(model.newBatch(BATCH));
  }

  String name() {
    return model.name();
  }

  int version() {
    return model.version();
  }

  ModelBundle bundle() {
    return model.bundle();
  }

  FeatureEncoder encoder() {
    return model.encoder();
  }

  /** Holds the model, unless it is released already. */
  boolean retain() {
    while (true) {
      int now = holders.get();
      if (now == 0) {
        return false;
      }
      if (holders.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /**
   * Scores rows, {@link #BATCH} at a time.
   *
   * @param rows 0 or more
   * @param writer is asked for each row once, in their order
   * @throws ScoringException if the model fails on these rows
   */
  float[] score(int rows, RowWriter writer) throws ScoringException {
    float[] scores = new float[rows];
    ScoreBatch batch = idle.poll();
    if (batch == null) {
      batch = model.newBatch(BATCH);
    }
    try {
      for (int start = 0; start < rows; start += BATCH) {
        int count = Math.min(BATCH, rows - start);
        for (int i = 0; i < count; i++) {
          writer.write(batch, start + i, i);
        }
        batch.run(count);
        for (int i = 0; i < count; i++) {
          scores[start + i] = batch.score(i);
        }
      }
    } finally {
      idle.add(batch);
    }
    return scores;
  }

  /** Lets go of it; the last holder frees its memory. */
  @Override
  public void close() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      for (ScoreBatch batch = idle.poll(); batch != null; batch = idle.poll()) {
        batch.close();
      }
      model.close();
    } else if (left < 0) {
      throw new IllegalStateException(
          "model " + name() + " version " + version() + " was let go of more often than held");
    }
  }
}
