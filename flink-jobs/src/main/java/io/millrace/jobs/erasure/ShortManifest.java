package io.millrace.jobs.erasure;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/**
 * Lets RocksDB begin its manifest anew with each change of its files. By default it only grows, and
 * each checkpoint has all of it: the first and last keys of every file that ever was, and so those
 * of a subject that was erased. Stateless.
 */
public final class ShortManifest implements RocksDBOptionsFactory {
  private static final long serialVersionUID = 1;

  @Override
  public DBOptions createDBOptions(
      DBOptions currentOptions, Collection<AutoCloseable> handlesToClose) {
    return currentOptions.setMaxManifestFileSize(1);
  }

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions currentOptions, Collection<AutoCloseable> handlesToClose) {
    return currentOptions;
  }
}
