package io.millrace.online;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import java.util.Collection;
import java.util.List;

/**
 * The newest values of each key of each view: what a request reads in one round trip.
 *
 * <p>A store is opened with the views it may hold and the clock that ages are told by. The newest
 * {@code (asOfMs, sequence)} of a key and view wins, so that writing the same rows again, or older
 * ones later, never takes a value back. All methods are safe to call from many threads.
 *
 * <pre>
 * store.put(row);
 * List&lt;OnlineValue&gt; answer = store.get(List.of(new OnlineKey("tail_v1", EntityKey.of("N1"))));
 * </pre>
 *
 * <p>A store may forget a row for good, so that its key is {@code NOT_FOUND}, but only after the
 * view's ttl and some time more; a row of a view without a ttl is never forgotten.
 *
 * <p>After {@link #close} every method but {@code close} throws {@link IllegalStateException}. A
 * row or key of a view that the store was not opened with is an {@link IllegalArgumentException}
 * that names those it was.
 */
public interface OnlineStore extends AutoCloseable {
  /**
   * Writes one row; see {@link #put(List)}.
   *
   * @return 1 if it was applied, 0 if the stored row is as new or newer
   */
  default int put(FeatureRow row) {
    return put(List.of(row));
  }

  /**
   * Writes rows as if one after the other. Each row is written whole or not at all, and a reader
   * sees the old row or the new one; the list as a whole is not atomic. A row that is not newer
   * than the stored one of its key and view changes nothing. When the method has returned, the rows
   * survive the death of this process.
   *
   * @return how many rows were applied
   * @throws OnlineStoreException if writing failed: any of the rows may then be stored or not, and
   *     writing all of them again is safe
   * @throws IllegalArgumentException if a view is unknown; then nothing is written
   * @throws UnsupportedOperationException if the store was opened for reading
   */
  int put(List<FeatureRow> rows);

  /** What is stored for the keys, with ages by the store's clock; see {@link #get(List, long)}. */
  List<OnlineValue> get(List<OnlineKey> keys);

  /**
   * What is stored for the keys, read in one round trip. The answers are in the order of the keys;
   * a key that was never written is {@link ValueStatus#NOT_FOUND}, a key asked for twice is
   * answered twice. Each row is as one put left it; rows of different keys may be of different
   * moments.
   *
   * @param nowMs the instant from which ages are counted, milliseconds since the epoch
   * @throws OnlineStoreException if reading failed; nothing is changed
   */
  List<OnlineValue> get(List<OnlineKey> keys, long nowMs);

  /**
   * Removes a key from a view. A key that is not there stays so. The store does not remember the
   * deletion: a row that is put later, even an older one, is stored again.
   *
   * @throws OnlineStoreException if writing failed; the key may then be there or not
   * @throws UnsupportedOperationException if the store was opened for reading
   */
  void delete(String view, EntityKey key);

  /**
   * Removes a subject: its key from every one of the views, whose entity it is of. When the method
   * has returned, no read finds it there; see {@link #delete} on rows that come later.
   *
   * @return from how many views it was removed
   * @throws OnlineStoreException if writing failed: it may then be gone from some of the views, and
   *     erasing again is safe
   * @throws IllegalArgumentException if a view is unknown; then nothing is removed
   * @throws UnsupportedOperationException if the store was opened for reading
   */
  int erase(Collection<String> views, EntityKey key);

  /**
   * Makes all that was put before survive the death of the machine too.
   *
   * @throws OnlineStoreException if that failed; nothing is lost as long as the machine lives
   * @throws UnsupportedOperationException if the store was opened for reading
   */
  void flush();

  /** Gives up what the store holds; waits for calls in progress. Closing twice does nothing. */
  @Override
  void close();
}
