package io.millrace.server.serve;

import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.util.Collection;

/** Opens the online store for reading; again, when definitions change its views. */
@FunctionalInterface
public interface StoreOpener {
  /**
   * @throws io.millrace.online.OnlineStoreException if it cannot be opened now
   */
  OnlineStore open(Collection<OnlineView> views);
}
