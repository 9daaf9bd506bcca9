package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.Manifest;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.SnapshotCopy;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What {@code millrace offline} does, table by table, wherever the store lies; tells of each table
 * when it is done. Not thread-safe.
 *
 * <p>Every method throws {@link OfflineException} if there is no store or no such table, naming
 * those that there are, or if something cannot be read or written.
 */
public final class StoreMaintenance {
  private final StorePlace store;
  private final Optional<String> table;
  private final MaintenanceReporter out;
  private final InstantSource clock;

  /**
   * @param table the only one that is meant; empty for all
   */
  public StoreMaintenance(
      StorePlace store, Optional<String> table, MaintenanceReporter out, InstantSource clock) {
    this.store = store;
    this.table = table;
    this.out = out;
    this.clock = clock;
  }

  /** Tells all snapshots that can be read. */
  public void snapshots() {
    for (String name : tables()) {
      List<Manifest> history = new TableSnapshots(store.files(name), clock).history();
      if (history.isEmpty()) {
        out.noSnapshot(name);
      }
      history.forEach(manifest -> out.snapshot(name, manifest));
    }
  }

  /**
   * {@link Adoption} of each table; no job writes meanwhile, so that nothing has to be excluded.
   */
  public void adopt() {
    for (String name : tables()) {
      out.adopted(name, Adoption.run(store.files(name), clock));
    }
  }

  /**
   * {@link Compaction} of each table.
   *
   * @param keys by table, what its rows are sorted by before time; of others what their files say
   * @param progress told each day that is done
   */
  public void compact(
      CompactionOptions options, Map<String, List<String>> keys, Consumer<String> progress) {
    for (String name : tables()) {
      CompactionOptions own = options.sortedBy(keys.getOrDefault(name, List.of()));
      out.compacted(new Compaction(store.exclusive(name), name, own, clock).run(progress));
    }
  }

  /** {@link Expiry} of each table. */
  public void expire(OptionalInt keep, Optional<Duration> age, Duration grace, Duration abandoned) {
    for (String name : tables()) {
      out.expired(new Expiry(store.exclusive(name), name, clock).run(keep, age, grace, abandoned));
    }
  }

  /**
   * {@link Verification} of each table.
   *
   * @param snapshot which; empty for the newest
   * @return whether nothing is wrong
   */
  public boolean verify(OptionalLong snapshot) {
    boolean right = true;
    for (String name : tables()) {
      VerificationReport report = new Verification(store.files(name), name).run(snapshot);
      right &= report.problems().isEmpty();
      out.verified(report);
    }
    return right;
  }

  /**
   * {@link SnapshotCopy} of each table that has a snapshot.
   *
   * @param folder the root of the store that is made
   * @param snapshot which; empty for the newest
   */
  public void fetch(Path folder, OptionalLong snapshot) {
    for (String name : tables()) {
      StoreFiles files = store.files(name);
      TableSnapshots snapshots = new TableSnapshots(files, clock);
      Optional<Snapshot> found =
          snapshot.isPresent()
              ? Optional.of(snapshots.at(snapshot.getAsLong()))
              : snapshots.latest();
      if (found.isEmpty()) {
        out.noSnapshot(name);
        continue;
      }
      long[] copied = new long[2];
      new SnapshotCopy(files, folder.resolve(name))
          .run(
              found.get(),
              bytes -> {
                copied[0]++;
                copied[1] += bytes;
              });
      out.fetched(name, found.get(), copied[0], copied[1]);
    }
  }

  private List<String> tables() {
    List<String> tables = store.tables();
    if (table.isEmpty()) {
      return tables;
    }
    if (!tables.contains(table.get())) {
      throw new OfflineException(
          "there is no table " + table.get() + " at " + store.root() + "; there are " + tables);
    }
    return List.of(table.get());
  }
}
