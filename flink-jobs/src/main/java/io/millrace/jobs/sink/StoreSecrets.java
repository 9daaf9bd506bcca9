package io.millrace.jobs.sink;

import io.millrace.jobs.erasure.ErasureWord;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.StoreSecret;
import java.nio.file.Path;

/** The secret by which a store knows whom it erased, for operators. Stateless. */
public final class StoreSecrets {
  private StoreSecrets() {}

  /**
   * Read when something is erased.
   *
   * @param offline root of the offline store, which all task managers see
   */
  public static ErasureWord.Secret of(Path offline) {
    String root = offline.toString();
    return () -> StoreSecret.of(new OfflineStore(Path.of(root)));
  }
}
