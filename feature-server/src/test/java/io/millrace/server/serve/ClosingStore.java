package io.millrace.server.serve;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineValue;
import java.util.Collection;
import java.util.List;

/** A store that tells when it is closed. */
record ClosingStore(OnlineStore store, Runnable onClose) implements OnlineStore {
  @Override
  public int put(List<FeatureRow> rows) {
    return store.put(rows);
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys) {
    return store.get(keys);
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
    return store.get(keys, nowMs);
  }

  @Override
  public void delete(String view, EntityKey key) {
    store.delete(view, key);
  }

  @Override
  public int erase(Collection<String> views, EntityKey key) {
    return store.erase(views, key);
  }

  @Override
  public void flush() {
    store.flush();
  }

  @Override
  public void close() {
    onClose.run();
    store.close();
  }
}
