package io.millrace.server.serve;

import io.millrace.online.OnlineStore;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that counts its users, so that it can be replaced while it is read. Thread-safe. */
final class SharedStore {
  private final OnlineStore store;
  // The holder and the reads in progress; closed at 0.
  private final AtomicInteger users = new AtomicInteger(1);

  SharedStore(OnlineStore store) {
    this.store = store;
  }

  OnlineStore store() {
    return store;
  }

  /** Takes part in holding the store, unless it is closed already. */
  boolean acquire() {
    return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      store.close();
    }
  }
}
