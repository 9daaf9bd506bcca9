package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Goes through the files of a table, wherever it lies, by paths. Stateless. */
final class TableScan {
  private TableScan() {}

  /**
   * Shows each file of the newest snapshot; of a table without snapshots each that everyone sees.
   *
   * @param use is given a path that is valid for the call
   * @throws OfflineException if a file cannot be read
   */
  static void each(StoreFiles files, InstantSource clock, Consumer<Path> use) {
    Optional<Snapshot> latest = new TableSnapshots(files, clock).latest();
    Collection<String> paths =
        latest.isPresent() ? latest.get().files().keySet() : DataFiles.shown(files);
    try (Scratch scratch = new Scratch()) {
      for (String path : paths) {
        Path file = local(files, path, scratch);
        use.accept(file);
        scratch.forget(file);
      }
    } catch (IOException e) {
      throw new OfflineException(
          "the table at " + files.place() + " cannot be read (" + e + "); run it again", e);
    }
  }

  /**
   * A file by a path, under its own name or its hidden one.
   *
   * @throws NoSuchFileException if it is under neither
   */
  static Path local(StoreFiles files, String path, Scratch scratch) throws IOException {
    // It may be renamed between two looks, once.
    for (String name : List.of(path, DataFile.hidden(path))) {
      try {
        return files.local(name, scratch);
      } catch (NoSuchFileException e) {
        // Under its other name.
      }
    }
    return files.local(path, scratch);
  }
}
