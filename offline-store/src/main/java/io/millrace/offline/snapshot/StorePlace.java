package io.millrace.offline.snapshot;

import java.util.List;

/** Where an offline store lies: a folder of this machine, or an object store. Thread-safe. */
public interface StorePlace {
  /** Where it is, for messages. */
  String root();

  /**
   * The folders of all tables, below the root, with slashes, in their order.
   *
   * @throws io.millrace.offline.OfflineException if there is no store, or it cannot be listed
   */
  List<String> tables();

  /** The files of a table; of one that is not there none. */
  StoreFiles files(String table);
}
