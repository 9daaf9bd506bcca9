package io.millrace.online.redis;

import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/**
 * How rows lie in Redis: keys to bytes, rows to commands, answers to rows. Immutable and
 * thread-safe; a call's answer fills what the method that made it was given.
 */
interface RedisLayout {
  /** Is told what was stored before a row was offered. Not told where nothing was. */
  interface StoredBefore {
    void version(int row, long asOfMs, long sequence);
  }

  /**
   * What reads the rows of the keys.
   *
   * @param groups keys of Redis with the same number may be named by one command
   * @param rows is filled, in the order of the keys; null where nothing is stored
   */
  List<RedisCall> reads(List<OnlineKey> keys, ToIntFunction<byte[]> groups, FeatureRow[] rows);

  /** What stores each of the rows if it is newer than what is there, each in one step. */
  List<RedisCall> writes(
      List<FeatureRow> rows, ToIntFunction<byte[]> groups, StoredBefore storedBefore);

  /**
   * What removes the keys.
   *
   * @param removed is raised by the number of rows that were there
   */
  List<RedisCall> removals(List<OnlineKey> keys, AtomicInteger removed);
}
