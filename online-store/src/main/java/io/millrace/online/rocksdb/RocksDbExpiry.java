package io.millrace.online.rocksdb;

import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineView;
import io.millrace.schema.FeatureRowCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Forgets rows whose view's ttl and some time more are over. Time is that of events: of each view
 * the newest {@code asOfMs} that was put since opening, but never later than the clock, so that a
 * replay of old events forgets no more than it should and a row of the future forgets nothing. As
 * long as nothing is put into a view, nothing of it is forgotten. RocksDB's own expiry counts from
 * writing, and a compaction filter cannot be written in Java.
 *
 * <p>Work is done in small steps, each of so many rows at most. A pass goes through all views with
 * a ttl; the next one begins a while after. Thread-safe; one step at a time.
 */
final class RocksDbExpiry {
  /** How long after a pass began the next one may. */
  static final Duration PASS_EVERY = Duration.ofMinutes(10);

  private static final int MOST_ROWS_A_STEP = 10_000;

  private static final class View {
    private final String id;
    private final long keptMs;
    private final AtomicLong newestMs = new AtomicLong(Long.MIN_VALUE);

    private View(OnlineView view, Duration more) {
      this.id = view.id();
      this.keptMs = view.ttl().orElseThrow().plus(more).toMillis();
    }
  }

  private final Map<String, View> views = new TreeMap<>();
  private final List<View> order;
  private final long passEveryNanos;

  // Where the pass is: a view, and the key in it that comes next, or null for its first.
  private int at;
  private byte[] next;
  private long passSinceNanos;

  /**
   * @param more how long after its view's ttl a row is kept
   */
  RocksDbExpiry(Collection<OnlineView> all, Duration more, Duration passEvery) {
    all.stream()
        .filter(view -> view.ttl().isPresent())
        .forEach(view -> views.put(view.id(), new View(view, more)));
    this.order = List.copyOf(views.values());
    this.passEveryNanos = passEvery.toNanos();
    this.passSinceNanos = System.nanoTime() - passEveryNanos;
  }

  /** A row was put. */
  void put(FeatureRow row) {
    View view = views.get(row.view());
    if (view != null) {
      view.newestMs.accumulateAndGet(row.asOfMs(), Math::max);
    }
  }

  /**
   * One step of a pass, if one is due.
   *
   * @param nowMs the store's clock
   * @return how many rows were forgotten
   */
  synchronized int step(RocksDbWriter writer, KeyLocks locks, long nowMs) throws RocksDBException {
    if (order.isEmpty()) {
      return 0;
    }
    if (at == 0 && next == null) {
      if (System.nanoTime() - passSinceNanos < passEveryNanos) {
        return 0;
      }
      passSinceNanos = System.nanoTime();
    }
    int left = MOST_ROWS_A_STEP;
    int forgotten = 0;
    while (left > 0 && at < order.size()) {
      View view = order.get(at);
      long newestMs = Math.min(view.newestMs.get(), nowMs);
      List<byte[]> old = new ArrayList<>();
      if (newestMs != Long.MIN_VALUE) {
        left -= collect(writer, view, newestMs - view.keptMs, left, old);
      }
      for (byte[] key : old) {
        forgotten += forget(writer, locks, view, key, newestMs - view.keptMs) ? 1 : 0;
      }
      if (next == null) {
        at++;
      }
    }
    if (at == order.size()) {
      at = 0;
    }
    return forgotten;
  }

  /** Looks at so many rows of a view at most, and says in {@link #next} where it left off. */
  private int collect(RocksDbWriter writer, View view, long beforeMs, int most, List<byte[]> old) {
    byte[] head = RocksDbKeys.head(view.id);
    int seen = 0;
    try (RocksIterator rows = writer.iterator()) {
      rows.seek(next == null ? head : next);
      next = null;
      for (; rows.isValid() && RocksDbKeys.isOf(head, rows.key()); rows.next()) {
        if (seen == most) {
          next = rows.key();
          break;
        }
        seen++;
        if (FeatureRowCodec.lastEventMs(rows.value()) < beforeMs) {
          old.add(rows.key());
        }
      }
    }
    return Math.max(seen, 1);
  }

  /** Looks once more, for a newer row may have been put since. */
  private static boolean forget(
      RocksDbWriter writer, KeyLocks locks, View view, byte[] key, long beforeMs)
      throws RocksDBException {
    KeyLocks.Held held =
        locks.lock(List.of(new OnlineKey(view.id, RocksDbKeys.keyOf(view.id, key))));
    try {
      byte[] stored = writer.rows(List.of(key)).get(0);
      if (stored == null || FeatureRowCodec.lastEventMs(stored) >= beforeMs) {
        return false;
      }
      writer.delete(key);
      return true;
    } finally {
      held.unlock();
    }
  }
}
