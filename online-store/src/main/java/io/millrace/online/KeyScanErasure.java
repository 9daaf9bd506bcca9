package io.millrace.online;

import io.millrace.feature.EntityKey;
import java.util.function.BiPredicate;

/**
 * An {@link OnlineStore} that goes through its keys, so that a subject can be erased by who knows
 * it only by a test, and that leaves no byte of it behind.
 */
public interface KeyScanErasure {
  /**
   * Removes all rows whose key passes the test, and writes what is on disk anew without them. Takes
   * as long as reading all keys and writing all rows does; rows may be put and read meanwhile.
   *
   * @param ofSubject is asked of each view's id and key; also of views that the store was not
   *     opened with
   * @return how many rows were removed
   * @throws OnlineStoreException if that failed; erasing again is safe
   * @throws UnsupportedOperationException if the store was opened for reading
   */
  int erase(BiPredicate<String, EntityKey> ofSubject);
}
