package io.millrace.online.rocksdb;

import io.millrace.online.OnlineStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.RocksDBException;

/**
 * A reader beside the writer. Before a read it follows the writer's log, or takes a new snapshot
 * where following would not show all; at most so often, and one thread at a time.
 */
final class RocksDbReader implements RocksDbAccess {
  private static final Duration STALE_AFTER = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 5;

  private final Path folder;
  private final RocksDbResources resources;
  private final long everyNanos;
  private final AtomicBoolean following = new AtomicBoolean();
  private volatile RocksDbSnapshot snapshot;
  private volatile long followedAtNanos;
  private volatile long triedAtNanos;

  private RocksDbReader(Path folder, RocksDbResources resources, Duration every) {
    this.folder = folder;
    this.resources = resources;
    this.everyNanos = every.toNanos();
  }

  static RocksDbReader open(Path folder, Duration every) {
    RocksDbResources resources = new RocksDbResources();
    // A reader must hold every table file open, since the writer may delete it.
    resources.options().setMaxOpenFiles(-1);
    RocksDbReader reader = new RocksDbReader(folder, resources, every);
    try {
      reader.snapshot = reader.newSnapshot();
      reader.triedAtNanos = System.nanoTime();
      reader.followedAtNanos = reader.triedAtNanos;
      return reader;
    } catch (RocksDBException | IOException e) {
      resources.close();
      throw StoreFolder.explained(folder, e.getMessage(), e);
    }
  }

  @Override
  public List<byte[]> rows(List<byte[]> keys) throws RocksDBException {
    follow();
    RocksDbSnapshot held = snapshot;
    while (!held.acquire()) {
      held = snapshot;
    }
    try {
      return held.rows(keys);
    } finally {
      held.release();
    }
  }

  @Override
  public RocksDbWriter writer() {
    throw new UnsupportedOperationException(
        "the online store at " + folder + " was opened for reading; open it for writing");
  }

  @Override
  public void close() {
    snapshot.release();
    resources.close();
  }

  /**
   * Lets the snapshot show what was written until now. A failure (the writer deletes files as it
   * goes) is tried again at the next read; values are served meanwhile, but not for long.
   */
  private void follow() {
    if (System.nanoTime() - triedAtNanos < everyNanos || !following.compareAndSet(false, true)) {
      return;
    }
    try {
      long now = System.nanoTime();
      triedAtNanos = now;
      if (!snapshot.follow()) {
        RocksDbSnapshot old = snapshot;
        snapshot = newSnapshot();
        old.release();
      }
      followedAtNanos = now;
    } catch (RocksDBException | IOException e) {
      long behind = System.nanoTime() - followedAtNanos;
      if (behind > STALE_AFTER.toNanos()) {
        throw new OnlineStoreException(
            "the reader of the online store at "
                + folder
                + " could not follow its writer for "
                + Duration.ofNanos(behind).toSeconds()
                + " s ("
                + e.getMessage()
                + "); open it again",
            e);
      }
    } finally {
      following.set(false);
    }
  }

  /** Opens a snapshot; again, if the writer changed files under it. */
  private RocksDbSnapshot newSnapshot() throws RocksDBException, IOException {
    for (int attempt = 1; ; attempt++) {
      RocksDbSnapshot opened = null;
      Path own = Files.createTempDirectory("millrace-online-reader");
      try {
        opened = RocksDbSnapshot.open(folder, own, resources);
        if (opened.follow() || attempt == ATTEMPTS) {
          return opened;
        }
        opened.release();
      } catch (RocksDBException e) {
        if (opened != null) {
          opened.release();
        } else {
          RocksDbSnapshot.deleteFolder(own);
        }
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }
}
