package io.millrace.inference.flink;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model whose score is its first input divided by 1000, that waits at a gate before each run when
 * told to, and fails where told to. It notes every batch it ran.
 */
final class ScriptedModel implements ScoringModel {
  static final RowSchema SCHEMA =
      new RowSchema("scripted", List.of(Field.nullable("x", ValueType.FLOAT64)));

  /** A row with this input makes its run fail. */
  static final float POISON = -1;

  /** A row with this input kills the run's thread, as a broken library would. */
  static final float BREAKDOWN = -2;

  private final FeatureEncoder encoder = FeatureEncoder.fitting(SCHEMA, 1).encoder();
  private final List<Integer> runs = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore gate = new Semaphore(0);
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger openBatches = new AtomicInteger();
  private volatile boolean gated;
  private volatile boolean closed;

  /** From now on each run waits for {@link #letRun}. */
  ScriptedModel gated() {
    gated = true;
    return this;
  }

  void letRun(int runs) {
    gate.release(runs);
  }

  void letAllRun() {
    gated = false;
    gate.release(1_000_000);
  }

  int waitingAtGate() {
    return waiting.get();
  }

  List<Integer> runs() {
    return List.copyOf(runs);
  }

  int openBatches() {
    return openBatches.get();
  }

  boolean closed() {
    return closed;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public int version() {
    return 4;
  }

  @Override
  public FeatureEncoder encoder() {
    return encoder;
  }

  @Override
  public ScoreBatch newBatch(int capacity) {
    openBatches.incrementAndGet();
    return new Batch(capacity);
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class Batch implements ScoreBatch {
    private final FloatBuffer input;
    private final float[] scores;

    private Batch(int capacity) {
      input = FloatBuffer.allocate(capacity);
      scores = new float[capacity];
    }

    @Override
    public int capacity() {
      return scores.length;
    }

    @Override
    public int columns() {
      return 1;
    }

    @Override
    public FloatBuffer input() {
      return input;
    }

    @Override
    public void run(int rows) throws ScoringException {
      if (gated) {
        waiting.incrementAndGet();
        gate.acquireUninterruptibly();
        waiting.decrementAndGet();
      }
      runs.add(rows);
      for (int row = 0; row < rows; row++) {
        if (input.get(row) == BREAKDOWN) {
          throw new IllegalStateException("segmentation fault");
        }
        if (input.get(row) == POISON) {
          throw new ScoringException("row " + row + " of " + rows + " is poison", null);
        }
        scores[row] = input.get(row) / 1000;
      }
    }

    @Override
    public float score(int row) {
      return scores[row];
    }

    @Override
    public void close() {
      openBatches.decrementAndGet();
    }
  }
}
