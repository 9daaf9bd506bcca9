package io.millrace.offline.snapshot;

import io.millrace.offline.OfflineException;
import java.net.URI;
import java.util.Iterator;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Opens stores that no path of this machine reaches. Whoever has a file system that does, which is
 * not known here, is found on the class path as a service of this interface. Thread-safe.
 */
public interface StorePlaces {
  /**
   * Opens a store.
   *
   * @throws OfflineException if it cannot be reached
   */
  StorePlace at(URI root);

  /** Whether a store is named by a URI, and not by a path. */
  static boolean isUri(String store) {
    return store.matches("[A-Za-z][A-Za-z0-9+.-]+://.*");
  }

  /** Those of this process; empty if it has none. */
  static Optional<StorePlaces> here() {
    Iterator<StorePlaces> found = ServiceLoader.load(StorePlaces.class).iterator();
    return found.hasNext() ? Optional.of(found.next()) : Optional.empty();
  }

  /**
   * Opens a store by its URI.
   *
   * @throws OfflineException if the URI is none, or the store cannot be reached
   */
  static StorePlace open(String uri) {
    URI root;
    try {
      root = URI.create(uri);
    } catch (IllegalArgumentException e) {
      throw new OfflineException(
          "the offline store " + uri + " is no address, such as s3://bucket/offline", e);
    }
    return here()
        .orElseThrow(
            () ->
                new OfflineException(
                    "this process has no file system that reaches "
                        + uri
                        + "; the command line starts one that has"))
        .at(root);
  }
}
