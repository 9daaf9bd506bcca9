package io.millrace.offline.snapshot;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Copies one snapshot of a table to a folder of this machine, under its own number: what reads
 * folders reads the same there, byte by byte. The copy appears when it is whole; one that was cut
 * off is gone on with. Not thread-safe.
 */
public final class SnapshotCopy {
  private static final String OPERATION = "fetch";

  private final StoreFiles from;
  private final Path to;

  /**
   * @param from the table's files
   * @param to the table's folder on this machine; made if it is not there
   */
  public SnapshotCopy(StoreFiles from, Path to) {
    this.from = from;
    this.to = to;
  }

  /**
   * Copies.
   *
   * @param progress told the bytes of each file that was copied
   * @throws OfflineException if the folder has another snapshot, a file is missing or is not what
   *     was committed, or the folder cannot be written
   */
  public void run(Snapshot snapshot, LongConsumer progress) {
    LocalStoreFiles local = new LocalStoreFiles(to);
    TableSnapshots there = new TableSnapshots(local, InstantSource.system());
    Optional<Snapshot> other = there.latest();
    if (other.isPresent()
        && (other.get().id() != snapshot.id() || !other.get().files().equals(snapshot.files()))) {
      throw new OfflineException(
          to
              + " has snapshot "
              + other.get().id()
              + " of another store or time already; fetch snapshot "
              + snapshot.id()
              + " of "
              + from.place()
              + " into a new folder");
    }
    try {
      if (other.isEmpty()) {
        Files.createDirectories(to);
        try (Scratch scratch = new Scratch(to)) {
          for (DataFile file : snapshot.files().values()) {
            copy(file, snapshot, scratch, progress);
          }
        }
        Manifest manifest = manifest(snapshot);
        local.create(TableSnapshots.name(manifest.id()), ManifestJson.write(manifest));
      }
      there.settle();
    } catch (IOException e) {
      throw new OfflineException(
          "snapshot "
              + snapshot.id()
              + " of "
              + from.place()
              + " cannot be copied to "
              + to
              + " ("
              + e
              + "); mend that and run it again, what was copied is not copied twice",
          e);
    }
  }

  private void copy(DataFile file, Snapshot snapshot, Scratch scratch, LongConsumer progress)
      throws IOException {
    Path hidden = to.resolve(file.hiddenPath());
    if (Files.exists(hidden)) {
      return;
    }
    Files.createDirectories(hidden.getParent());
    for (String name : List.of(file.path(), file.hiddenPath(), file.path())) {
      try {
        Path found = from.local(name, scratch);
        long bytes = Files.size(found);
        if (bytes != file.bytes()) {
          throw new OfflineException(
              from.place()
                  + "/"
                  + name
                  + " has "
                  + bytes
                  + " bytes, but was committed with "
                  + file.bytes()
                  + "; put it back from a copy");
        }
        scratch.keep(found, hidden);
        progress.accept(bytes);
        return;
      } catch (NoSuchFileException e) {
        // Under its other name, or it was renamed meanwhile.
      }
    }
    throw new OfflineException(
        from.place()
            + "/"
            + file.path()
            + " is missing, but snapshot "
            + snapshot.id()
            + " names it; put it back from a copy, or fetch another snapshot");
  }

  private static Manifest manifest(Snapshot snapshot) {
    Collection<DataFile> files = snapshot.files().values();
    return new Manifest(
        snapshot.id(),
        snapshot.parent(),
        snapshot.id(),
        snapshot.id(),
        OPERATION,
        snapshot.at(),
        snapshot.watermarkMs(),
        snapshot.rows(),
        snapshot.bytes(),
        files.size(),
        snapshot.offsets(),
        snapshot.writers(),
        snapshot.schemas(),
        List.of(),
        List.of(),
        Optional.of(List.copyOf(files)));
  }
}
