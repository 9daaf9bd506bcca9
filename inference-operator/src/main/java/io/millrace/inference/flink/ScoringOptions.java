package io.millrace.inference.flink;

import java.io.Serializable;

/**
 * How a task batches.
 *
 * @param maxBatch the most rows of one run of the model; one batch is filled while another runs, so
 *     a task holds at most twice as many requests
 */
public record ScoringOptions(int maxBatch) implements Serializable {
  public ScoringOptions {
    if (maxBatch < 1 || maxBatch > 65_536) {
      throw new IllegalArgumentException("maxBatch is " + maxBatch + "; give 1 to 65536");
    }
  }

  /** Batches of at most 256 rows. */
  public static ScoringOptions defaults() {
    return new ScoringOptions(256);
  }
}
