package io.millrace.inference.flink;

import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ModelVersions;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringModel;
import java.util.concurrent.atomic.AtomicInteger;

/** Random trees, others for each version; from {@link #BROKEN} on, versions cannot be opened. */
record TreeVersions(int champion) implements ModelVersions {
  static final int BROKEN = 90;

  /** How many models are open; tests of this package run one after another. */
  static final AtomicInteger OPEN = new AtomicInteger();

  @Override
  public String model() {
    return "trees";
  }

  @Override
  public ScoringModel open(int version) {
    if (version >= BROKEN) {
      throw new IllegalStateException("version " + version + " is damaged");
    }
    ScoringModel trees = new TreeModelSource(version).open();
    OPEN.incrementAndGet();
    return new ScoringModel() {
      @Override
      public String name() {
        return trees.name();
      }

      @Override
      public int version() {
        return version;
      }

      @Override
      public FeatureEncoder encoder() {
        return trees.encoder();
      }

      @Override
      public ScoreBatch newBatch(int capacity) {
        return trees.newBatch(capacity);
      }

      @Override
      public void close() {
        OPEN.decrementAndGet();
        trees.close();
      }
    };
  }
}
