package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes files that lie in a table's folder and are in no snapshot into one: files that were copied
 * there, or were written before there were snapshots. No job may write to the table meanwhile: its
 * files would be taken from under it. Stateless.
 */
public final class Adoption {
  private Adoption() {}

  /**
   * Adopts what everyone sees in a table's folder on this machine.
   *
   * @return how many files
   * @throws OfflineException if one of them is no whole Parquet file; then none is
   */
  public static int run(Path folder, InstantSource clock) {
    return run(new LocalStoreFiles(folder), clock);
  }

  /** Adopts what everyone sees in a table's folder wherever it lies. */
  public static int run(StoreFiles files, InstantSource clock) {
    TableSnapshots snapshots = new TableSnapshots(files, clock);
    snapshots.settle();
    long before = snapshots.latest().map(Snapshot::files).orElse(new TreeMap<>()).size();
    Optional<Snapshot> after =
        snapshots.commit(
            head -> {
              Change change =
                  DataFiles.withAllOf(
                      Change.append(List.of(), Map.of()),
                      head.map(snapshot -> snapshot.files().keySet()).orElse(Set.of()),
                      files);
              return change.added().isEmpty() ? Optional.empty() : Optional.of(change);
            });
    return (int) (after.map(Snapshot::files).orElse(new TreeMap<>()).size() - before);
  }
}
