package io.millrace.jobs.sink;

import io.millrace.feature.FeatureRow;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineViews;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subtask's rows on their way to the store.
 *
 * <p>The task leaves rows here, at most {@value #MOST_WAITING} keys' newest, and a thread of its
 * own puts them, at most {@value #BATCH} at a time, as soon as the batch before is answered: a lone
 * row waits for nobody, and under load batches grow by themselves. When the store does not answer,
 * the thread tries again, at first after {@code FIRST_PAUSE}, then ever less often down to {@code
 * LONGEST_PAUSE}; rows gather, the task stalls, and Flink holds the sources back. Whether an error
 * passes by itself is the store's to say ({@link OnlineStoreException#isPassing}); any other fails
 * the task.
 *
 * <p>Metrics, in group {@code millrace}: {@code freshnessMs} from the append to Kafka until the row
 * can be read, {@code eventFreshnessMs} from the event's own time; {@code rowsWritten =
 * rowsCoalesced + rows put}, {@code rowsApplied} those of the put ones that were newer than the
 * stored; {@code storeRetries}; {@code storeUnavailableMs} since when the store has not answered, 0
 * if it does.
 */
final class OnlineWriter implements SinkWriter<RowUpdate> {
  private static final Logger LOG = LoggerFactory.getLogger(OnlineWriter.class);
  private static final int BATCH = 512;
  private static final int MOST_WAITING = 4_096;
  private static final int FRESHNESS_WINDOW = 10_000;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /**
   * @param appendedAtMs of the oldest event that its row stands for; 0 if time alone changed it
   * @param eventMs the time of that event
   */
  private record Waiting(FeatureRow row, long appendedAtMs, long eventMs) {}

  private final OnlineStore store;
  private final OnlineSweep sweep;
  private final InstantSource clock = Clock.systemUTC();
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<OnlineKey, Waiting> waiting = new LinkedHashMap<>();
  private boolean putting;
  private boolean closed;
  private Throwable failure;

  private volatile long unavailableSinceMs;
  private final Histogram freshnessMs;
  private final Histogram eventFreshnessMs;
  private final Counter written;
  private final Counter coalesced;
  private final Counter applied;
  private final Counter retries;

  private OnlineWriter(OnlineStore store, OnlineSweep sweep, MetricGroup group, String name) {
    this.store = store;
    this.sweep = sweep;
    MetricGroup metrics = group.addGroup("millrace");
    this.freshnessMs =
        metrics.histogram("freshnessMs", new DescriptiveStatisticsHistogram(FRESHNESS_WINDOW));
    this.eventFreshnessMs =
        metrics.histogram("eventFreshnessMs", new DescriptiveStatisticsHistogram(FRESHNESS_WINDOW));
    this.written = metrics.counter("rowsWritten");
    this.coalesced = metrics.counter("rowsCoalesced");
    this.applied = metrics.counter("rowsApplied", new ThreadSafeSimpleCounter());
    this.retries = metrics.counter("storeRetries", new ThreadSafeSimpleCounter());
    metrics.gauge(
        "storeUnavailableMs",
        () -> unavailableSinceMs == 0 ? 0L : clock.millis() - unavailableSinceMs);
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Takes the store over, and what empties it of erased subjects: both are closed with it. */
  static OnlineWriter start(OnlineStore store, OnlineSweep sweep, MetricGroup group, String name) {
    OnlineWriter writer = new OnlineWriter(store, sweep, group, name);
    writer.thread.start();
    return writer;
  }

  @Override
  public void write(RowUpdate update, Context context) throws IOException, InterruptedException {
    FeatureRow row = update.row();
    OnlineKey key = new OnlineKey(row.view(), row.key());
    lock.lockInterruptibly();
    try {
      while (waiting.size() >= MOST_WAITING && !waiting.containsKey(key) && failure == null) {
        changed.await();
      }
      requireNoFailure();
      written.inc();
      Waiting now = new Waiting(row, update.appendedAtMs(), row.lastEventMs());
      Waiting before = waiting.put(key, now);
      if (before != null) {
        coalesced.inc();
        waiting.put(key, newest(before, now));
      } else if (waiting.size() == 1) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The newer of two rows of a key, with the age of whichever event has waited longer. */
  private static Waiting newest(Waiting a, Waiting b) {
    FeatureRow row = OnlineViews.isNewer(b.row(), a.row()) ? b.row() : a.row();
    Waiting oldest = a.appendedAtMs() > 0 ? a : b;
    return new Waiting(row, oldest.appendedAtMs(), oldest.eventMs());
  }

  @Override
  public void flush(boolean endOfInput) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while ((putting || !waiting.isEmpty()) && failure == null) {
        changed.await();
      }
      requireNoFailure();
    } finally {
      lock.unlock();
    }
    store.flush();
    sweep.atCheckpoint(store, clock.millis());
  }

  private void requireNoFailure() throws IOException {
    if (failure != null) {
      throw new IOException("rows cannot be put online: " + failure.getMessage(), failure);
    }
  }

  private void run() {
    try {
      List<Waiting> batch = next();
      while (!batch.isEmpty()) {
        put(batch);
        batch = next();
      }
    } catch (InterruptedException e) {
      // Closed while it paused.
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      // An Error too: a thread that died without a word would leave the task waiting for ever.
      lock.lock();
      try {
        failure = e;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits for rows and takes the oldest; none once the writer is closed. */
  private List<Waiting> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      putting = false;
      changed.signalAll();
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      List<Waiting> batch = new ArrayList<>(Math.min(BATCH, waiting.size()));
      Iterator<Waiting> oldest = waiting.values().iterator();
      while (!closed && batch.size() < BATCH && oldest.hasNext()) {
        batch.add(oldest.next());
        oldest.remove();
      }
      putting = !batch.isEmpty();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void put(List<Waiting> batch) throws InterruptedException {
    List<FeatureRow> rows = batch.stream().map(Waiting::row).toList();
    applied.inc(putUntilItIsDone(rows));
    long nowMs = clock.millis();
    for (Waiting one : batch) {
      if (one.appendedAtMs() > 0) {
        freshnessMs.update(nowMs - one.appendedAtMs());
        eventFreshnessMs.update(nowMs - one.eventMs());
      }
    }
  }

  private int putUntilItIsDone(List<FeatureRow> rows) throws InterruptedException {
    long pauseMs = FIRST_PAUSE.toMillis();
    while (true) {
      try {
        int count = store.put(rows);
        if (unavailableSinceMs != 0) {
          LOG.info(
              "The online store answers again after {} ms.", clock.millis() - unavailableSinceMs);
          unavailableSinceMs = 0;
        }
        return count;
      } catch (OnlineStoreException e) {
        if (!e.isPassing()) {
          throw e;
        }
        if (unavailableSinceMs == 0) {
          unavailableSinceMs = clock.millis();
          LOG.warn("The online store does not answer; trying until it does: {}", e.getMessage());
        }
        retries.inc();
        pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE.toMillis());
      }
    }
  }

  /**
   * @throws InterruptedException if the writer is closed
   */
  private void pause(long ms) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(ms);
    lock.lockInterruptibly();
    try {
      while (left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
      if (closed) {
        throw new InterruptedException("the writer is closed");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Rows that wait are not put: they are before no checkpoint, so Flink brings them again. */
  @Override
  public void close() throws Exception {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.join();
    sweep.close();
    store.close();
  }
}
