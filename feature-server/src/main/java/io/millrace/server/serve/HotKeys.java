package io.millrace.server.serve;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineValue;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * The newest answers of the store, kept for at most {@code staleness}: a key that many ask for is
 * read once in that time. Values, statuses and ages are then as old as that at most. Thread-safe.
 */
final class HotKeys {
  private final Cache<OnlineKey, OnlineValue> values;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  HotKeys(Duration staleness, int mostKeys) {
    this.values =
        CacheBuilder.newBuilder().expireAfterWrite(staleness).maximumSize(mostKeys).build();
  }

  /** What is kept, or null. */
  OnlineValue get(OnlineKey key) {
    OnlineValue value = values.getIfPresent(key);
    (value == null ? misses : hits).increment();
    return value;
  }

  void keep(OnlineValue value) {
    values.put(value.key(), value);
  }

  void forget() {
    values.invalidateAll();
  }

  long hits() {
    return hits.sum();
  }

  long misses() {
    return misses.sum();
  }
}
