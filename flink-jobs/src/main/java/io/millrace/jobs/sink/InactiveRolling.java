package io.millrace.jobs.sink;

import java.io.IOException;
import org.apache.flink.streaming.api.functions.sink.filesystem.PartFileInfo;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.CheckpointRollingPolicy;

/**
 * Closes a file at every checkpoint, when it is large, and when its date has got no rows for a
 * while: rows come in event time, so a date that is over stays over, and an open Parquet file costs
 * memory.
 */
final class InactiveRolling<T> extends CheckpointRollingPolicy<T, String> {
  private static final long serialVersionUID = 1;

  /** A prime. */
  private static final int ROWS_A_LOOK = 1009;

  private final long maxBytes;
  private final long maxInactiveMs;
  private transient int rows;

  InactiveRolling(long maxBytes, long maxInactiveMs) {
    this.maxBytes = maxBytes;
    this.maxInactiveMs = maxInactiveMs;
  }

  @Override
  public boolean shouldRollOnEvent(PartFileInfo<String> file, T row) throws IOException {
    // The size is asked of the system. Rows of several files may alternate, in no such rhythm.
    return ++rows % ROWS_A_LOOK == 0 && file.getSize() > maxBytes;
  }

  @Override
  public boolean shouldRollOnProcessingTime(PartFileInfo<String> file, long nowMs)
      throws IOException {
    return nowMs - file.getLastUpdateTime() > maxInactiveMs || file.getSize() > maxBytes;
  }
}
