package io.millrace.jobs.sink;

import io.millrace.jobs.erasure.ErasureWord;
import io.millrace.offline.erasure.StoreSecret;
import java.net.URI;

/** The secret by which a store knows whom it erased, for operators. Stateless. */
public final class StoreSecrets {
  private StoreSecrets() {}

  /**
   * Read when something is erased.
   *
   * @param offline root of the offline store, which all task managers reach
   */
  public static ErasureWord.Secret of(URI offline) {
    return () -> StoreSecret.of(StoreFolders.at(offline));
  }
}
