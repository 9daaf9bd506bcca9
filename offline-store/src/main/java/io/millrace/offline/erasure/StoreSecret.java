package io.millrace.offline.erasure;

import io.millrace.feature.erasure.SubjectHash;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * The store's secret, by which erased subjects are known again: 32 random bytes in {@code
 * _erasure/secret}, for the owner alone. Whoever loses it can no longer tell which subjects were
 * erased, so it belongs in a backup of its own. Stateless.
 */
public final class StoreSecret {
  static final String FOLDER = "_erasure";

  private StoreSecret() {}

  /** Where it lies. */
  public static Path file(OfflineStore store) {
    return store.root().resolve(FOLDER).resolve("secret");
  }

  /**
   * The secret, made at the first call.
   *
   * @throws OfflineException if it cannot be made or read
   */
  public static byte[] orNew(OfflineStore store) {
    return OwnFiles.madeOnce(
        file(store),
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
  public static byte[] of(OfflineStore store) {
    if (!Files.isRegularFile(file(store))) {
      throw new OfflineException(
          "subjects were erased, but "
              + file(store)
              + " is not there, by which they are known; put it back from a copy, or point at the"
              + " store that erased them");
    }
    return orNew(store);
  }
}
