package io.millrace.inference.flink;

import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import java.util.ArrayDeque;
import org.apache.flink.util.IOUtils;

/**
 * A model in memory with all that its runs need, so that making it serve allocates nothing: two
 * slabs, of which one fills while the other runs, and the batch for halves.
 *
 * <p>Made by any thread; afterwards its slabs are taken and returned by the task's thread alone.
 */
final class ServingVersion implements AutoCloseable {
  private static final int SLABS = 2;

  private final ScoringModel model;
  private final BatchRunner runner;
  private final ArrayDeque<Slab> free = new ArrayDeque<>();
  private final Slab[] slabs = new Slab[SLABS];
  private final long loadMillis;
  private boolean closed;

  private ServingVersion(ScoringModel model, BatchRunner runner, long loadMillis) {
    this.model = model;
    this.runner = runner;
    this.loadMillis = loadMillis;
  }

  /** Takes the model over, also if this fails. */
  static ServingVersion of(ScoringModel model, int maxBatch) throws Exception {
    return of(model, maxBatch, System.nanoTime(), false);
  }

  /**
   * Takes the model over, also if this fails, and runs a batch of each size that doubles.
   *
   * @param startNanos when its loading began
   */
  static ServingVersion warmed(ScoringModel model, int maxBatch, long startNanos) throws Exception {
    return of(model, maxBatch, startNanos, true);
  }

  private static ServingVersion of(ScoringModel model, int maxBatch, long startNanos, boolean warm)
      throws Exception {
    ServingVersion version = null;
    try {
      if (warm) {
        warm(model, maxBatch);
      }
      long loadMillis = (System.nanoTime() - startNanos) / 1_000_000;
      version = new ServingVersion(model, new BatchRunner(model.newBatch(maxBatch)), loadMillis);
      for (int i = 0; i < SLABS; i++) {
        version.slabs[i] = new Slab(model.newBatch(maxBatch), version);
        version.free.add(version.slabs[i]);
      }
      return version;
    } catch (Exception | Error e) {
      if (version == null) {
        model.close();
      } else {
        version.close();
      }
      throw e;
    }
  }

  private static void warm(ScoringModel model, int maxBatch) throws ScoringException {
    try (ScoreBatch batch = model.newBatch(maxBatch)) {
      for (int rows = 1; rows < maxBatch; rows *= 2) {
        batch.run(rows);
      }
      batch.run(maxBatch);
    }
  }

  ScoringModel model() {
    return model;
  }

  int number() {
    return model.version();
  }

  BatchRunner runner() {
    return runner;
  }

  long loadMillis() {
    return loadMillis;
  }

  /** An empty slab. At most one other may be out. */
  Slab takeSlab() {
    return free.remove();
  }

  void giveBack(Slab slab) {
    free.add(slab);
  }

  /** Whether no slab is filling or running. */
  boolean isIdle() {
    return free.size() == SLABS;
  }

  /** Only when nothing uses it; a second time does nothing. */
  @Override
  public synchronized void close() throws Exception {
    if (!closed) {
      closed = true;
      IOUtils.closeAll(slabs[0], slabs[1], runner, model);
    }
  }
}
