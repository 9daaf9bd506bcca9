package io.millrace.offline.snapshot;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.util.List;

/** Where an offline store lies: a folder of this machine, or an object store. Thread-safe. */
public interface StorePlace {
  /** Where it is, for messages. */
  String root();

  /**
   * Whether it is a folder, whose deleted files are gone. An object store may keep versions of
   * them, and parts of files that were never ended.
   */
  boolean isFolder();

  /**
   * The folders of all tables, below the root, with slashes, in their order.
   *
   * @throws OfflineException if there is no store, or it cannot be listed
   */
  List<String> tables();

  /** The files of a table, or of another folder of the store; of one that is not there none. */
  StoreFiles files(String folder);

  /**
   * The files of a folder in which several processes may commit.
   *
   * @throws OfflineException if the place cannot tell that two make the same file at once
   */
  default StoreFiles exclusive(String folder) {
    StoreFiles files = files(folder);
    try {
      if (files.exclusive()) {
        return files;
      }
    } catch (IOException e) {
      throw new OfflineException(files.place() + " cannot be written: " + e, e);
    }
    throw new OfflineException(
        files.place()
            + " takes commits of its job alone, since it cannot tell that two write the same"
            + " snapshot: its server does not keep \"If-None-Match: *\", or no keys are known to ask"
            + " it (s3.access-key and s3.secret-key in Flink's configuration, or AWS_ACCESS_KEY_ID"
            + " and AWS_SECRET_ACCESS_KEY), or it is reached by a proxy or with an encryption");
  }
}
