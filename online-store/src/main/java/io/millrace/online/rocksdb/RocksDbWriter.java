package io.millrace.online.rocksdb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The one writer of a folder. */
final class RocksDbWriter implements RocksDbAccess {
  /** How much is held in memory before it goes to a table file. */
  static final long BUFFER_BYTES = 64L << 20;

  private final RocksDbResources resources;
  private final WriteOptions toTheSystem = new WriteOptions();
  private final RocksDB db;

  private RocksDbWriter(RocksDbResources resources, RocksDB db) {
    this.resources = resources;
    this.db = db;
  }

  static RocksDbWriter open(Path folder, long bufferBytes) {
    RocksDbResources resources = new RocksDbResources();
    try {
      resources
          .options()
          .setCreateIfMissing(true)
          .setWriteBufferSize(bufferBytes)
          // Begun anew with each change of files, so that it does not keep keys that are gone.
          .setMaxManifestFileSize(1);
      return new RocksDbWriter(resources, RocksDB.open(resources.options(), folder.toString()));
    } catch (RocksDBException e) {
      resources.close();
      throw StoreFolder.explained(folder, e.getMessage(), e);
    }
  }

  @Override
  public List<byte[]> rows(List<byte[]> keys) throws RocksDBException {
    return keys.isEmpty() ? List.of() : db.multiGetAsList(keys);
  }

  @Override
  public RocksDbWriter writer() {
    return this;
  }

  /** Writes all of the batch or nothing; it is the operating system's when this returns. */
  void write(WriteBatch batch) throws RocksDBException {
    db.write(toTheSystem, batch);
  }

  void delete(byte[] key) throws RocksDBException {
    db.delete(toTheSystem, key);
  }

  /** Over all keys in their order, as they are now; to be closed. */
  RocksIterator iterator() {
    return db.newIterator();
  }

  /** All keys that pass a test, as of now. */
  List<byte[]> keys(Predicate<byte[]> test) throws RocksDBException {
    List<byte[]> found = new ArrayList<>();
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        if (test.test(rows.key())) {
          found.add(rows.key());
        }
      }
      rows.status();
    }
    return found;
  }

  /**
   * Writes all files anew, so that none has what was deleted. Twice, since the manifest of the
   * first still names the first and last keys of the files that it replaced. Returns when the files
   * that were replaced are deleted, which RocksDB does behind a flush or a compaction: its list of
   * write-ahead logs waits for that.
   */
  void rewrite() throws RocksDBException {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
        CompactRangeOptions all =
            new CompactRangeOptions()
                .setBottommostLevelCompaction(
                    CompactRangeOptions.BottommostLevelCompaction.kForce)) {
      for (int i = 0; i < 2; i++) {
        db.flush(flush);
        db.compactRange(null, null, null, all);
      }
    }
    db.disableFileDeletions();
    try {
      db.getSortedWalFiles();
    } finally {
      db.enableFileDeletions(false);
    }
  }

  /** Brings all that was written to the disk. */
  void sync() throws RocksDBException {
    db.flushWal(true);
  }

  @Override
  public void close() {
    db.close();
    toTheSystem.close();
    resources.close();
  }
}
