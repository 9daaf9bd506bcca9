package io.millrace.offline.erasure;

import io.millrace.feature.erasure.SubjectHash;
import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StorePlace;
import java.security.SecureRandom;

/**
 * The store's secret, by which erased subjects are known again: 32 random bytes in {@code
 * _erasure/secret}, for the owner alone; in an object store for who may read the object. Whoever
 * loses it can no longer tell which subjects were erased, so it belongs in a backup of its own.
 * Stateless.
 */
public final class StoreSecret {
  private static final String NAME = "secret";

  private StoreSecret() {}

  /** Where it lies, for messages. */
  public static String place(StorePlace store) {
    return OwnFiles.place(store, NAME);
  }

  /**
   * The secret, made at the first call.
   *
   * @throws OfflineException if it cannot be made or read
   */
  public static byte[] orNew(StorePlace store) {
    return OwnFiles.madeOnce(
        store,
        NAME,
        true,
        () -> {
          byte[] secret = new byte[SubjectHash.SECRET_BYTES];
          new SecureRandom().nextBytes(secret);
          return secret;
        });
  }

  /**
   * The secret of a store that has erased.
   *
   * @throws OfflineException if there is none: erased subjects would come back unseen
   */
  public static byte[] of(StorePlace store) {
    return OwnFiles.read(store, NAME)
        .orElseThrow(
            () ->
                new OfflineException(
                    "subjects were erased, but "
                        + place(store)
                        + " is not there, by which they are known; put it back from a copy, or"
                        + " point at the store that erased them"));
  }
}
