package io.millrace.online.rocksdb;

import java.util.List;
import org.rocksdb.RocksDBException;

/** An open folder, as its writer or as a reader beside the writer. */
interface RocksDbAccess extends AutoCloseable {
  /** The rows of the keys, in their order; null where there is none. */
  List<byte[]> rows(List<byte[]> keys) throws RocksDBException;

  /**
   * This as a writer.
   *
   * @throws UnsupportedOperationException if it is none
   */
  RocksDbWriter writer();

  /** Frees what is held; no call may be in progress. */
  @Override
  void close();
}
