package io.millrace.online.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * A secondary instance of a writer's database: its table files as of opening, and its log, which
 * can be followed as long as the writer begins no new one. Counts its users, so that it can be
 * replaced while it is read.
 */
final class RocksDbSnapshot {
  private final RocksDB db;
  private final Path folder;
  private final Path own;
  private final Set<String> logs;
  // The holder and the reads in progress; freed at 0.
  private final AtomicInteger users = new AtomicInteger(1);

  private RocksDbSnapshot(RocksDB db, Path folder, Path own, Set<String> logs) {
    this.db = db;
    this.folder = folder;
    this.own = own;
    this.logs = logs;
  }

  /**
   * @param own an empty folder of its own; deleted with the snapshot
   */
  static RocksDbSnapshot open(Path folder, Path own, RocksDbResources resources)
      throws RocksDBException, IOException {
    Set<String> logs = logsIn(folder);
    RocksDB db = RocksDB.openAsSecondary(resources.options(), folder.toString(), own.toString());
    return new RocksDbSnapshot(db, folder, own, logs);
  }

  /**
   * Reads what the writer has logged since.
   *
   * <p>Once the writer has begun a new log it may have moved rows of the old one to a table file
   * before their end was read here. RocksDB then reads the table's number but goes on answering
   * from the older rows in memory; only a new snapshot is right.
   *
   * @return whether this snapshot shows all that was written before the call
   */
  boolean follow() throws RocksDBException, IOException {
    db.tryCatchUpWithPrimary();
    return logs.equals(logsIn(folder));
  }

  /** Takes part in holding the snapshot, unless it is freed already. */
  boolean acquire() {
    return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      db.close();
      deleteFolder(own);
    }
  }

  List<byte[]> rows(List<byte[]> keys) throws RocksDBException {
    return keys.isEmpty() ? List.of() : db.multiGetAsList(keys);
  }

  private static Set<String> logsIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".log"))
          .collect(Collectors.toUnmodifiableSet());
    }
  }

  static void deleteFolder(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // It holds RocksDB's diary alone and lies in the system's temporary folder.
      folder.toFile().deleteOnExit();
    }
  }
}
