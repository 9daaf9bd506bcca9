package io.millrace.online.redis;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.online.DiskRewrite;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The online store in Redis: any number of writers and readers, on any number of machines.
 *
 * <pre>
 * RedisConfig config = RedisConfig.at("127.0.0.1:6379").build();
 * try (OnlineStore store = RedisOnlineStore.open(config, views)) {
 *   store.put(row);
 * }
 * </pre>
 *
 * <p>A script on the server compares each row with the stored one and replaces it in one step, so
 * that writers need not know of each other. A method sends all it has to say before it awaits the
 * first answer. Opening does not connect: a server that is down is told of by the first call, with
 * an {@link OnlineStoreException#isPassing} error, and is reached again by the first call after it
 * is back. How much a server that dies takes with it is its own affair (appendfsync, replicas).
 */
public final class RedisOnlineStore implements OnlineStore, DiskRewrite {
  private final RedisConfig config;
  private final OnlineViews views;
  private final InstantSource clock;
  private final RedisLayout layout;
  private final RedisNodes nodes;
  private final ReadWriteLock inUse = new ReentrantReadWriteLock();
  private boolean closed;

  private RedisOnlineStore(RedisConfig config, OnlineViews views, InstantSource clock) {
    this.config = config;
    this.views = views;
    this.clock = clock;
    this.layout =
        switch (config.layout()) {
          case PACKED -> new PackedLayout(views, config);
          case FEAST -> new FeastLayout(views, config);
        };
    this.nodes =
        config.cluster()
            ? new ClusterNodes(config)
            : config.sentinelMaster().isPresent()
                ? new SentinelNode(config)
                : new SingleNode(config);
  }

  /** Opens a store with the system's clock. */
  public static RedisOnlineStore open(RedisConfig config, Collection<OnlineView> views) {
    return open(config, views, Clock.systemUTC());
  }

  /**
   * Opens a store.
   *
   * @param views what the store may hold
   * @param clock tells the ages of values
   * @throws IllegalArgumentException if a view cannot be stored in the layout
   * @throws OnlineStoreException if the authorities for TLS cannot be read
   */
  public static RedisOnlineStore open(
      RedisConfig config, Collection<OnlineView> views, InstantSource clock) {
    return new RedisOnlineStore(config, OnlineViews.of(views), clock);
  }

  /** The rows of one key of a batch that are newer than all before them in it, oldest first. */
  private static final class Rising {
    private final List<FeatureRow> rows = new ArrayList<>(1);
    private int newerThanStored;

    void offer(FeatureRow row) {
      if (rows.isEmpty() || OnlineViews.isNewer(row, newest())) {
        rows.add(row);
        newerThanStored = rows.size();
      }
    }

    FeatureRow newest() {
      return rows.get(rows.size() - 1);
    }

    void storedBefore(long asOfMs, long sequence) {
      newerThanStored =
          (int) rows.stream().filter(row -> OnlineViews.isNewer(row, asOfMs, sequence)).count();
    }
  }

  @Override
  public int put(List<FeatureRow> rows) {
    // Plan: check all (an unknown view must change nothing), send the newest row of each key, and
    // tell from what was stored before how many of the key's rows would have been applied.
    Map<OnlineKey, Rising> byKey = new LinkedHashMap<>();
    for (FeatureRow row : rows) {
      requireColumns(row);
      byKey.computeIfAbsent(new OnlineKey(row.view(), row.key()), key -> new Rising()).offer(row);
    }
    List<Rising> rising = List.copyOf(byKey.values());
    List<FeatureRow> newest = rising.stream().map(Rising::newest).toList();
    whileOpen(
        () ->
            run(
                layout.writes(
                    newest,
                    nodes::groupOf,
                    (i, asOfMs, sequence) -> rising.get(i).storedBefore(asOfMs, sequence))));
    return rising.stream().mapToInt(one -> one.newerThanStored).sum();
  }

  private void requireColumns(FeatureRow row) {
    int columns = views.require(row.view()).schema().size();
    if (row.values().size() != columns) {
      throw new IllegalArgumentException(
          "a row of "
              + row.view()
              + " has "
              + columns
              + " columns, but that of key "
              + row.key()
              + " has "
              + row.values().size());
    }
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys) {
    return get(keys, clock.millis());
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
    keys.forEach(key -> views.require(key.view()));
    FeatureRow[] rows = new FeatureRow[keys.size()];
    whileOpen(() -> runAgainIfBrokenOff(layout.reads(keys, nodes::groupOf, rows)));
    List<OnlineValue> values = new ArrayList<>(keys.size());
    for (int i = 0; i < rows.length; i++) {
      values.add(views.value(keys.get(i), Optional.ofNullable(rows[i]), nowMs));
    }
    return values;
  }

  @Override
  public void delete(String view, EntityKey key) {
    erase(List.of(view), key);
  }

  @Override
  public int erase(Collection<String> viewIds, EntityKey key) {
    viewIds.forEach(views::require);
    List<OnlineKey> keys =
        viewIds.stream().distinct().map(view -> new OnlineKey(view, key)).toList();
    AtomicInteger removed = new AtomicInteger();
    whileOpen(() -> run(layout.removals(keys, removed)));
    return removed.get();
  }

  /**
   * Does nothing: each put is the server's when it returns, and when it reaches the disk or a
   * replica is the server's setting.
   */
  @Override
  public void flush() {
    whileOpen(() -> {});
  }

  @Override
  public Optional<String> rewriteDisk(Duration patience) throws InterruptedException {
    Lock lock = inUse.readLock();
    lock.lock();
    try {
      requireOpen();
      return RedisDisk.rewrite(nodes, patience);
    } catch (JedisException e) {
      throw RedisErrors.explained(config.toString(), e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    Lock lock = inUse.writeLock();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        nodes.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run(List<RedisCall> calls) {
    if (!calls.isEmpty()) {
      nodes.run(calls);
    }
  }

  /** A connection that lay idle while the server was restarted is only found dead when used. */
  private void runAgainIfBrokenOff(List<RedisCall> calls) {
    try {
      run(calls);
    } catch (JedisException e) {
      if (!RedisErrors.isBrokenOff(e)) {
        throw e;
      }
      run(calls);
    }
  }

  private void whileOpen(Runnable call) {
    Lock lock = inUse.readLock();
    lock.lock();
    try {
      requireOpen();
      call.run();
    } catch (JedisException e) {
      throw RedisErrors.explained(config.toString(), e);
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the online store at Redis " + config + " is closed");
    }
  }
}
