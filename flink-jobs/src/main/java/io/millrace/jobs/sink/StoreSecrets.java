package io.millrace.jobs.sink;

import io.millrace.jobs.erasure.ErasureWord;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.StoreSecret;
import java.net.URI;
import java.nio.file.Path;

/** The secret by which a store knows whom it erased, for operators. Stateless. */
public final class StoreSecrets {
  private StoreSecrets() {}

  /**
   * Read when something is erased.
   *
   * @param offline root of the offline store, which all task managers see; a folder
   */
  public static ErasureWord.Secret of(URI offline) {
    return () -> {
      if (!"file".equals(offline.getScheme())) {
        throw new IllegalStateException(
            "subjects were erased, but the secret by which they are known is read from folders"
                + " only, and the offline store is "
                + offline);
      }
      return StoreSecret.of(new OfflineStore(Path.of(offline)));
    };
  }
}
