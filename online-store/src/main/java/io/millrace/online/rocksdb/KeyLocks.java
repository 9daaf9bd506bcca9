package io.millrace.online.rocksdb;

import io.millrace.online.OnlineKey;
import java.util.Collection;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock for each key, out of a fixed number: keys that share one wait for each other in vain,
 * which costs little. Locks are taken in one order, so that two batches never wait for each other.
 */
final class KeyLocks {
  private static final int COUNT = 256;

  private final ReentrantLock[] locks = new ReentrantLock[COUNT];

  KeyLocks() {
    for (int i = 0; i < COUNT; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  /** Locks that are held until given back by the same thread. */
  final class Held {
    private final int[] indexes;

    private Held(int[] indexes) {
      this.indexes = indexes;
    }

    void unlock() {
      for (int index : indexes) {
        locks[index].unlock();
      }
    }
  }

  Held lock(Collection<OnlineKey> keys) {
    int[] indexes = keys.stream().mapToInt(KeyLocks::indexOf).sorted().distinct().toArray();
    for (int index : indexes) {
      locks[index].lock();
    }
    return new Held(indexes);
  }

  private static int indexOf(OnlineKey key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 24;
  }
}
