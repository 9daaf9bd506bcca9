package io.millrace.server.serve;

import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.util.Collection;

/** Opens the online store for reading; again, when definitions change its views. */
@FunctionalInterface
public interface StoreOpener {
  /**
   * Opens the store for reading with the views it may hold.
   *
   * @throws io.millrace.online.OnlineStoreException if it cannot be opened now
   */
  OnlineStore open(Collection<OnlineView> views);
}
