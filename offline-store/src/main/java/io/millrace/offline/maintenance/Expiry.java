package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Manifest;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * Ends the life of old snapshots, and deletes files that no other needs once nobody can still be
 * reading them. A file that everyone sees is never deleted: only replaced ones, those that a
 * compaction left behind and those that a job began and never ended are hidden. Not thread-safe.
 */
public final class Expiry {
  // As Flink's file sink names what is not committed, and a merge what it sorts.
  private static final String IN_PROGRESS = ".inprogress.";
  private static final Pattern RUN = Pattern.compile("\\.run\\d+$");

  private final StoreFiles files;
  private final String table;
  private final InstantSource clock;
  private final TableSnapshots snapshots;

  /** Of a table's folder on this machine. */
  public Expiry(Path folder, String table, InstantSource clock) {
    this(new LocalStoreFiles(folder), table, clock);
  }

  /**
   * Of a table wherever it lies.
   *
   * @param files the table's
   * @param table how reports call it
   */
  public Expiry(StoreFiles files, String table, InstantSource clock) {
    this.files = files;
    this.table = table;
    this.clock = clock;
    this.snapshots = new TableSnapshots(files, clock);
  }

  /**
   * Expires snapshots.
   *
   * @param keep how many of the newest stay, 1 or more; empty for no limit
   * @param age how long a snapshot stays whatever its number; empty for no time
   * @param grace how long a file that is not needed stays still, for readers that began before
   * @param abandoned from which age on a file that a job began and did not end is taken for left
   *     behind by a failure; no job may go on from a checkpoint that is older
   * @throws OfflineException if files cannot be listed or deleted
   */
  public ExpiryReport run(
      OptionalInt keep, Optional<Duration> age, Duration grace, Duration abandoned) {
    if (keep.isPresent() && keep.getAsInt() < 1) {
      throw new IllegalArgumentException("keep 1 snapshot or more, not " + keep.getAsInt());
    }
    Optional<Snapshot> latest = snapshots.latest();
    if (latest.isEmpty()) {
      return new ExpiryReport(table, 0, 0, 0, 0, 0);
    }
    long before = latest.get().oldest();
    Snapshot now =
        snapshots
            .commit(
                head -> {
                  long oldest = oldest(head.orElseThrow(), keep, age);
                  return oldest > head.orElseThrow().oldest()
                      ? Optional.of(Change.expire(oldest))
                      : Optional.empty();
                })
            .orElseThrow();
    snapshots.settle();
    long[] deleted = deleteFiles(now, grace, abandoned);
    deleteManifests(now);
    return new ExpiryReport(
        table, now.oldest(), now.oldest() - before, deleted[0], deleted[1], deleted[2]);
  }

  /** The commit that says so is the newest snapshot then, so it counts. */
  private long oldest(Snapshot head, OptionalInt keep, Optional<Duration> age) {
    long oldest = head.oldest();
    if (keep.isPresent()) {
      oldest = Math.max(oldest, head.id() + 2 - keep.getAsInt());
    }
    if (age.isPresent()) {
      Instant since = clock.instant().minus(age.get());
      long young = head.id();
      for (Manifest manifest : snapshots.history()) {
        if (!manifest.at().isBefore(since)) {
          young = manifest.id();
          break;
        }
      }
      oldest = keep.isPresent() ? Math.min(oldest, young) : Math.max(oldest, young);
    }
    return Math.max(head.oldest(), oldest);
  }

  private long[] deleteFiles(Snapshot now, Duration grace, Duration abandoned) {
    long[] counts = new long[3];
    Map<String, DataFile> needed = snapshots.filesOf(now.oldest(), now.id());
    try {
      for (String day : files.list("")) {
        if (!day.startsWith("dt=")) {
          continue;
        }
        for (String name : files.list(day)) {
          Optional<Duration> waits = waits(day, name, needed, grace, abandoned);
          if (waits.isPresent()) {
            delete(day + "/" + name, clock.instant().minus(waits.get()), counts);
          }
        }
      }
    } catch (IOException e) {
      throw new OfflineException(
          "files of the table at " + files.place() + " cannot be deleted (" + e + "); run it again",
          e);
    }
    return counts;
  }

  /** How old a file must be to be deleted; empty if it stays. */
  private static Optional<Duration> waits(
      String day, String name, Map<String, DataFile> needed, Duration grace, Duration abandoned) {
    if (!name.startsWith(".")) {
      return Optional.empty();
    }
    if (name.contains(IN_PROGRESS)) {
      return Optional.of(abandoned);
    }
    String shown = DataFile.shownName(RUN.matcher(name).replaceFirst(""));
    return shown == null || needed.containsKey(day + "/" + shown)
        ? Optional.empty()
        : Optional.of(grace);
  }

  private void delete(String name, Instant until, long[] counts) throws IOException {
    Optional<Instant> time = files.time(name);
    if (time.isEmpty()) {
      return;
    }
    if (time.get().isAfter(until)) {
      counts[2]++;
      return;
    }
    counts[0]++;
    try (SeekableByteChannel file = files.open(name)) {
      counts[1] += file.size();
    }
    files.delete(name);
  }

  /** From the oldest on, so that a cut leaves no hole. */
  private void deleteManifests(Snapshot now) {
    SortedMap<Long, String> ids = snapshots.ids();
    long base = baseOf(now.oldest());
    List<String> names = List.copyOf(ids.headMap(base).values());
    try {
      for (String name : names) {
        files.delete(name);
      }
    } catch (IOException e) {
      throw new OfflineException(
          "manifests of the table at "
              + files.place()
              + " cannot be deleted ("
              + e
              + "); run it again",
          e);
    }
  }

  private long baseOf(long id) {
    return snapshots.at(id).base();
  }
}
