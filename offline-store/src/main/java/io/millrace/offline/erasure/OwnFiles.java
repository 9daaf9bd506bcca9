package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Small files of the store's own that are made once and then stay. Stateless. */
final class OwnFiles {
  /** The folder that they are in. */
  static final String FOLDER = "_erasure";

  private OwnFiles() {}

  /** Where a file is, for messages. */
  static String place(StorePlace store, String name) {
    return store.files(FOLDER).place() + "/" + name;
  }

  /** A file's content; empty if there is none. */
  static Optional<byte[]> read(StorePlace store, String name) {
    try {
      return store.files(FOLDER).read(name);
    } catch (IOException e) {
      throw new OfflineException(
          place(store, name) + " cannot be read (" + e + "); give the right, and run it again", e);
    }
  }

  /**
   * A file's content; made first if it is not there, whole or not at all, also if two do it at
   * once.
   *
   * @param secret whether nobody but the owner may read it, where the place knows owners
   */
  static byte[] madeOnce(StorePlace store, String name, boolean secret, Supplier<byte[]> content) {
    Optional<byte[]> there = read(store, name);
    if (there.isPresent()) {
      return there.get();
    }
    StoreFiles files = store.exclusive(FOLDER);
    try {
      byte[] made = content.get();
      boolean first = secret ? files.createPrivate(name, made) : files.create(name, made);
      // Another may have been first.
      return first
          ? made
          : files.read(name).orElseThrow(() -> new IOException("it was deleted meanwhile"));
    } catch (IOException e) {
      throw new OfflineException(
          place(store, name)
              + " cannot be made or read ("
              + e
              + "); give the right to write there, and run it again",
          e);
    }
  }
}
