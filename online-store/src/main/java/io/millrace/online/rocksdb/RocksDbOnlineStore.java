package io.millrace.online.rocksdb;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.online.KeyScanErasure;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiPredicate;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The online store in a folder of this machine: one writer, and beside it any number of readers in
 * other processes.
 *
 * <pre>
 * try (OnlineStore store = RocksDbOnlineStore.open(folder, views)) {
 *   store.put(row);
 * }
 * </pre>
 *
 * <p>Rows are in the operating system's hands when {@code put} returns, so they survive a killed
 * process; {@code flush} brings them to the disk. Writers of the same key wait for each other,
 * those of different keys do not. A writer that was told how long to keep rows beyond their ttl
 * forgets older ones, some with each {@code flush}; times are those of events.
 */
public final class RocksDbOnlineStore implements OnlineStore, KeyScanErasure {
  private final Path folder;
  private final OnlineViews views;
  private final InstantSource clock;
  private final RocksDbAccess access;
  private final Optional<RocksDbExpiry> expiry;
  private final KeyLocks keyLocks = new KeyLocks();
  // Readers are calls in progress; closing waits for them, since RocksDB would crash the process.
  private final ReadWriteLock inUse = new ReentrantReadWriteLock();
  private boolean closed;

  private RocksDbOnlineStore(
      Path folder,
      OnlineViews views,
      InstantSource clock,
      RocksDbAccess access,
      Optional<RocksDbExpiry> expiry) {
    this.folder = folder;
    this.views = views;
    this.clock = clock;
    this.access = access;
    this.expiry = expiry;
  }

  /** Opens a folder for reading and writing with the system's clock; no row is forgotten. */
  public static RocksDbOnlineStore open(Path folder, Collection<OnlineView> views) {
    return open(folder, views, Clock.systemUTC());
  }

  /**
   * Opens a folder for reading and writing, making it if need be; no row is forgotten.
   *
   * @param views what the store may hold
   * @param clock tells the ages of values
   * @throws OnlineStoreException if the folder holds something else, is damaged, is open for
   *     writing already, or cannot be written
   */
  public static RocksDbOnlineStore open(
      Path folder, Collection<OnlineView> views, InstantSource clock) {
    return open(folder, views, clock, RocksDbWriter.BUFFER_BYTES);
  }

  /**
   * The same, forgetting rows of views with a ttl.
   *
   * @param expireAfterTtl how long after the ttl, counted from a key's last event to the newest of
   *     its view, a row is kept
   */
  public static RocksDbOnlineStore open(
      Path folder, Collection<OnlineView> views, InstantSource clock, Duration expireAfterTtl) {
    return open(folder, views, clock, expireAfterTtl, RocksDbExpiry.PASS_EVERY);
  }

  /** The same with another time between passes over all rows. */
  static RocksDbOnlineStore open(
      Path folder,
      Collection<OnlineView> views,
      InstantSource clock,
      Duration expireAfterTtl,
      Duration passEvery) {
    return open(
        folder,
        views,
        clock,
        RocksDbWriter.BUFFER_BYTES,
        Optional.of(new RocksDbExpiry(views, expireAfterTtl, passEvery)));
  }

  /** The same with another limit of rows held in memory, after which they go to a table file. */
  static RocksDbOnlineStore open(
      Path folder, Collection<OnlineView> views, InstantSource clock, long bufferBytes) {
    return open(folder, views, clock, bufferBytes, Optional.empty());
  }

  private static RocksDbOnlineStore open(
      Path folder,
      Collection<OnlineView> views,
      InstantSource clock,
      long bufferBytes,
      Optional<RocksDbExpiry> expiry) {
    OnlineViews checked = OnlineViews.of(views);
    StoreFolder.prepareForWriting(folder);
    return new RocksDbOnlineStore(
        folder, checked, clock, RocksDbWriter.open(folder, bufferBytes), expiry);
  }

  /**
   * Opens a folder for reading beside its writer, which may be another process, come and go. A read
   * sees what was put at least {@code followEvery} before.
   *
   * @param followEvery how often, at most, a read first follows what the writer wrote since; zero
   *     follows at every read
   * @throws OnlineStoreException if the folder holds no online store or is damaged
   */
  public static RocksDbOnlineStore openReader(
      Path folder, Collection<OnlineView> views, InstantSource clock, Duration followEvery) {
    OnlineViews checked = OnlineViews.of(views);
    StoreFolder.requireStore(folder);
    return new RocksDbOnlineStore(
        folder, checked, clock, RocksDbReader.open(folder, followEvery), Optional.empty());
  }

  @Override
  public int put(List<FeatureRow> rows) {
    RocksDbWriter writer = access.writer();
    // Plan: encode all (an unknown view must change nothing), lock the keys, read what is stored,
    // let the newer win one after the other, write the winners in one batch.
    Map<OnlineKey, List<byte[]>> byKey = new LinkedHashMap<>();
    for (FeatureRow row : rows) {
      byKey
          .computeIfAbsent(new OnlineKey(row.view(), row.key()), key -> new ArrayList<>(1))
          .add(views.encode(row));
    }
    List<byte[]> keys = bytesOf(byKey.keySet());
    return whileOpen(
        () -> {
          KeyLocks.Held held = keyLocks.lock(byKey.keySet());
          try (WriteBatch batch = new WriteBatch()) {
            int applied = applyTo(batch, keys, byKey.values());
            if (applied > 0) {
              writer.write(batch);
            }
            expiry.ifPresent(forgetful -> rows.forEach(forgetful::put));
            return applied;
          } finally {
            held.unlock();
          }
        });
  }

  private int applyTo(WriteBatch batch, List<byte[]> keys, Collection<List<byte[]>> rowsOfKeys)
      throws RocksDBException {
    List<byte[]> storedRows = access.rows(keys);
    int applied = 0;
    int i = 0;
    for (List<byte[]> rowsOfKey : rowsOfKeys) {
      byte[] newest = storedRows.get(i);
      for (byte[] row : rowsOfKey) {
        if (OnlineViews.isNewer(row, newest)) {
          newest = row;
          applied++;
        }
      }
      if (newest != storedRows.get(i)) {
        batch.put(keys.get(i), newest);
      }
      i++;
    }
    return applied;
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys) {
    return get(keys, clock.millis());
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
    keys.forEach(key -> views.require(key.view()));
    List<byte[]> bytes = bytesOf(keys);
    List<byte[]> stored = whileOpen(() -> access.rows(bytes));
    List<OnlineValue> values = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      values.add(views.value(keys.get(i), stored.get(i), nowMs));
    }
    return values;
  }

  @Override
  public void delete(String view, EntityKey key) {
    RocksDbWriter writer = access.writer();
    views.require(view);
    whileOpen(
        () -> {
          KeyLocks.Held held = keyLocks.lock(List.of(new OnlineKey(view, key)));
          try {
            writer.delete(RocksDbKeys.of(view, key));
            return null;
          } finally {
            held.unlock();
          }
        });
  }

  @Override
  public int erase(Collection<String> viewIds, EntityKey key) {
    RocksDbWriter writer = access.writer();
    viewIds.forEach(views::require);
    List<OnlineKey> keys =
        viewIds.stream().distinct().map(view -> new OnlineKey(view, key)).toList();
    List<byte[]> bytes = bytesOf(keys);
    return whileOpen(
        () -> {
          KeyLocks.Held held = keyLocks.lock(keys);
          try {
            int removed = 0;
            List<byte[]> stored = access.rows(bytes);
            for (int i = 0; i < bytes.size(); i++) {
              if (stored.get(i) != null) {
                writer.delete(bytes.get(i));
                removed++;
              }
            }
            return removed;
          } finally {
            held.unlock();
          }
        });
  }

  @Override
  public int erase(BiPredicate<String, EntityKey> ofSubject) {
    RocksDbWriter writer = access.writer();
    return whileOpen(
        () -> {
          List<byte[]> keys =
              writer.keys(
                  key -> {
                    int end = RocksDbKeys.endOfView(key);
                    return end > 0 && ofSubject.test(text(key, 1, end), keyFrom(key, end + 1));
                  });
          for (byte[] key : keys) {
            int end = RocksDbKeys.endOfView(key);
            KeyLocks.Held held =
                keyLocks.lock(List.of(new OnlineKey(text(key, 1, end), keyFrom(key, end + 1))));
            try {
              writer.delete(key);
            } finally {
              held.unlock();
            }
          }
          writer.sync();
          // Also if nothing is left of it: it may have been deleted before.
          writer.rewrite();
          return keys.size();
        });
  }

  private static EntityKey keyFrom(byte[] bytes, int from) {
    return new EntityKey(text(bytes, from, bytes.length));
  }

  private static String text(byte[] bytes, int from, int until) {
    return new String(bytes, from, until - from, StandardCharsets.UTF_8);
  }

  @Override
  public void flush() {
    RocksDbWriter writer = access.writer();
    whileOpen(
        () -> {
          if (expiry.isPresent()) {
            expiry.get().step(writer, keyLocks, clock.millis());
          }
          writer.sync();
          return null;
        });
  }

  @Override
  public void close() {
    Lock lock = inUse.writeLock();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        access.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private interface Call<T> {
    T run() throws RocksDBException;
  }

  private <T> T whileOpen(Call<T> call) {
    Lock lock = inUse.readLock();
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the online store at " + folder + " is closed");
      }
      return call.run();
    } catch (RocksDBException e) {
      throw StoreFolder.explained(folder, e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private static List<byte[]> bytesOf(Collection<OnlineKey> keys) {
    List<byte[]> bytes = new ArrayList<>(keys.size());
    for (OnlineKey key : keys) {
      bytes.add(RocksDbKeys.of(key.view(), key.key()));
    }
    return bytes;
  }
}
