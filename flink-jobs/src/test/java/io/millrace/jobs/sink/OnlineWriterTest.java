package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OnlineWriterTest {
  private final FakeStore store = new FakeStore();
  private final OnlineWriter writer =
      OnlineWriter.start(store, OnlineSweep.none(), new UnregisteredMetricsGroup(), "test");

  @AfterEach
  void close() throws Exception {
    store.open.countDown();
    writer.close();
    assertThat(store.closed).isTrue();
  }

  @Test
  void shouldPutALoneRowWithoutBeingFlushed() throws Exception {
    store.open.countDown();
    writer.write(update("a", 1), null);
    assertThat(store.putOnce.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldHaveAllRowsInTheStoreWhenFlushed() throws Exception {
    store.open.countDown();
    for (int i = 0; i < 20_000; i++) {
      writer.write(update("k" + i % 7_000, i), null);
    }
    writer.flush(false);
    assertThat(store.newest).hasSize(7_000);
    for (int k = 0; k < 7_000; k++) {
      assertThat(store.newest.get(EntityKey.of("k" + k)).asOfMs())
          .isEqualTo(k + 7_000L * ((19_999 - k) / 7_000));
    }
    assertThat(store.flushes).isEqualTo(1);
  }

  @Test
  void shouldPutOnlyTheNewestOfRowsThatWaitedWhateverTheirOrder() throws Exception {
    writer.write(update("first", 1), null);
    assertThat(store.asked.await(30, TimeUnit.SECONDS)).isTrue();
    for (long asOfMs : new long[] {5, 9, 7}) {
      writer.write(update("a", asOfMs), null);
    }
    store.open.countDown();
    writer.flush(false);
    assertThat(store.puts.stream().filter(row -> row.key().text().equals("a")))
        .extracting(FeatureRow::asOfMs)
        .containsExactly(9L);
  }

  @Test
  void shouldHoldTheTaskBackWhenTheStoreDoesNotAnswer() throws Exception {
    CompletableFuture<Integer> written = new CompletableFuture<>();
    Set<Integer> seen = new HashSet<>();
    Thread task =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 10_000; i++) {
                  writer.write(update("k" + i, i), null);
                  synchronized (seen) {
                    seen.add(i);
                  }
                }
                written.complete(10_000);
              } catch (Exception e) {
                written.completeExceptionally(e);
              }
            });
    task.start();
    while (task.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    synchronized (seen) {
      assertThat(seen.size()).as("rows taken on").isBetween(4_096, 4_096 + 512);
    }
    store.open.countDown();
    assertThat(written.get()).isEqualTo(10_000);
    writer.flush(false);
    assertThat(store.newest).hasSize(10_000);
  }

  @Test
  void shouldTryAgainWhatPassesByItself() throws Exception {
    store.failures = 3;
    store.failure = OnlineStoreException.passing("gone for a moment", null);
    store.open.countDown();
    writer.write(update("a", 1), null);
    writer.flush(false);
    assertThat(store.newest).containsKey(EntityKey.of("a"));
  }

  @Test
  void shouldFailTheTaskOnWhatDoesNot() throws Exception {
    store.failures = 1;
    store.failure = new OnlineStoreException("the password is wrong");
    store.open.countDown();
    writer.write(update("a", 1), null);
    assertThatIOException()
        .isThrownBy(() -> writer.flush(false))
        .withMessage("rows cannot be put online: the password is wrong");
    assertThatIOException().isThrownBy(() -> writer.write(update("b", 1), null));
  }

  @Test
  @Timeout(60)
  void shouldFailTheTaskOnAnErrorToo() throws Exception {
    store.failures = 1;
    store.failure = new NoClassDefFoundError("a class of the driver");
    store.open.countDown();
    writer.write(update("a", 1), null);
    assertThatIOException()
        .isThrownBy(() -> writer.flush(false))
        .withMessage("rows cannot be put online: a class of the driver");
  }

  private static RowUpdate update(String key, long asOfMs) {
    return new RowUpdate(
        0, new FeatureRow("v_v1", EntityKey.of(key), asOfMs, asOfMs, 1, Values.of(asOfMs)), 1);
  }

  /** Keeps what it is given, answers nothing before it is opened, and fails as it is told to. */
  private static final class FakeStore implements OnlineStore {
    private final CountDownLatch open = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch putOnce = new CountDownLatch(1);
    private final Map<EntityKey, FeatureRow> newest = new HashMap<>();
    private final List<FeatureRow> puts = new ArrayList<>();
    private volatile int failures;
    private volatile Throwable failure;
    private volatile int flushes;
    private volatile boolean closed;

    @Override
    public int put(List<FeatureRow> rows) {
      asked.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (failures > 0) {
        failures--;
        if (failure instanceof Error error) {
          throw error;
        }
        throw (OnlineStoreException) failure;
      }
      for (FeatureRow row : rows) {
        puts.add(row);
        newest.merge(row.key(), row, (a, b) -> a.asOfMs() >= b.asOfMs() ? a : b);
      }
      putOnce.countDown();
      return rows.size();
    }

    @Override
    public List<OnlineValue> get(List<OnlineKey> keys) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void delete(String view, EntityKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int erase(Collection<String> views, EntityKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
