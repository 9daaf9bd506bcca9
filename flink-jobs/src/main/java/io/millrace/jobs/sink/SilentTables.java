package io.millrace.jobs.sink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tables that had rows and have none now, while the watermark goes on: their snapshots would say
 * for ever that nobody knows whether more is to come. Each is told of again after a while, as often
 * as the watermark has moved, by a snapshot without new files. What was written before a restart is
 * not known here until it has rows again. Not thread-safe.
 */
final class SilentTables {
  /** How long a table is silent before it is told of. */
  static final Duration AFTER = Duration.ofSeconds(30);

  /** The watermark that a table's last commit said, and when, wall clock. */
  private record Said(long watermarkMs, long atMs) {}

  private final long afterMs;
  private final Map<String, Said> tables = new TreeMap<>();

  /**
   * @param after how long a table is silent before it is told of
   */
  SilentTables(Duration after) {
    this.afterMs = after.toMillis();
  }

  /** Files of a table are committed as of a watermark. */
  void spoke(String table, long watermarkMs, long nowMs) {
    tables.put(table, new Said(watermarkMs, nowMs));
  }

  /** The tables to tell of as of this watermark; they are then told of. */
  List<String> due(long watermarkMs, long nowMs) {
    List<String> due = new ArrayList<>();
    if (watermarkMs == Long.MAX_VALUE) { // The input has ended, which is no instant.
      return due;
    }
    for (Map.Entry<String, Said> table : tables.entrySet()) {
      Said said = table.getValue();
      if (said.watermarkMs() < watermarkMs && nowMs - said.atMs() >= afterMs) {
        due.add(table.getKey());
        table.setValue(new Said(watermarkMs, nowMs));
      }
    }
    return due;
  }
}
