package io.millrace.online.rocksdb;

import io.millrace.online.OnlineStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder of a store, looked at before RocksDB touches it: RocksDB would gladly make a database
 * among other people's files, or a new empty one where the old one has lost its head. A mark, a
 * small file beside RocksDB's own, says that the folder is ours and in which format.
 */
final class StoreFolder {
  private static final String MARK = "MILLRACE-ONLINE-STORE";
  private static final String FORMAT = "format 1\n";
  private static final String HEAD = "CURRENT";

  private StoreFolder() {}

  /**
   * Makes the folder if need be and checks that a store may be opened in it for writing.
   *
   * @throws OnlineStoreException if it cannot be made or written, or holds something else
   */
  static void prepareForWriting(Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new OnlineStoreException(
          folder + " is a file, but an online store needs a folder; name another");
    }
    try {
      Files.createDirectories(folder);
      List<String> names = names(folder);
      if (names.isEmpty()) {
        Files.writeString(folder.resolve(MARK), FORMAT);
        return;
      }
      check(folder, names);
    } catch (IOException e) {
      throw new OnlineStoreException(
          "the online store's folder "
              + folder
              + " cannot be made or written ("
              + e
              + "); give this user the right to, or name another folder",
          e);
    }
    if (!Files.isWritable(folder)) {
      throw new OnlineStoreException(
          "the online store's folder "
              + folder
              + " cannot be written; give this user the right to, or name another folder");
    }
  }

  /**
   * Checks that there is a store to be read.
   *
   * @throws OnlineStoreException if there is none
   */
  static void requireStore(Path folder) {
    if (!Files.isDirectory(folder) || !Files.exists(folder.resolve(HEAD))) {
      throw new OnlineStoreException(
          "there is no online store at "
              + folder
              + " yet; start the job that writes it, or mend the path");
    }
    try {
      check(folder, names(folder));
    } catch (IOException e) {
      throw new OnlineStoreException(
          "the online store's folder " + folder + " cannot be read: " + e, e);
    }
  }

  private static void check(Path folder, List<String> names) throws IOException {
    if (!names.contains(MARK)) {
      throw new OnlineStoreException(
          folder
              + " holds no online store, but other files ("
              + String.join(", ", names.subList(0, Math.min(3, names.size())))
              + (names.size() > 3 ? ", ..." : "")
              + "); name an empty folder or a new one");
    }
    String format = Files.readString(folder.resolve(MARK));
    if (!format.equals(FORMAT)) {
      throw new OnlineStoreException(
          folder
              + " holds an online store of '"
              + format.strip()
              + "', but this version reads '"
              + FORMAT.strip()
              + "'; use the version that wrote it, or name another folder");
    }
    if (!names.contains(HEAD) && names.stream().anyMatch(name -> name.endsWith(".sst"))) {
      throw damaged(folder, "its file " + HEAD + " is missing", null);
    }
  }

  /** RocksDB's error in words that name the fix. */
  static OnlineStoreException explained(Path folder, String message, Throwable cause) {
    if (message.contains("/LOCK")) {
      return new OnlineStoreException(
          "the online store at "
              + folder
              + " is open for writing already ("
              + message
              + "); stop the other writer, or open this one for reading",
          cause);
    }
    if (message.contains("Corruption")
        || message.contains("CURRENT")
        || message.contains("No such file")) {
      return damaged(folder, message, cause);
    }
    return new OnlineStoreException("the online store at " + folder + " failed: " + message, cause);
  }

  /** The error of a store whose files are not as they were written. */
  private static OnlineStoreException damaged(Path folder, String how, Throwable cause) {
    return new OnlineStoreException(
        "the online store at "
            + folder
            + " is damaged ("
            + how
            + "); restore the folder, or delete it and let the job write it again",
        cause);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }
}
