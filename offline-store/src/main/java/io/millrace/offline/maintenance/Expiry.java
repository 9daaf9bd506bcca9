package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Manifest;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * Ends the life of old snapshots, and deletes files that no other needs once nobody can still be
 * reading them. A file that everyone sees is never deleted: only replaced ones and those that a
 * compaction left behind are hidden. Not thread-safe.
 */
public final class Expiry {
  private final Path folder;
  private final String table;
  private final InstantSource clock;
  private final TableSnapshots snapshots;

  public Expiry(Path folder, String table, InstantSource clock) {
    this.folder = folder;
    this.table = table;
    this.clock = clock;
    this.snapshots = StoreFolder.snapshots(folder, clock);
  }

  /**
   * Expires snapshots.
   *
   * @param keep how many of the newest stay, 1 or more; empty for no limit
   * @param age how long a snapshot stays whatever its number; empty for no time
   * @param grace how long a file that is not needed stays still, for readers that began before
   * @throws OfflineException if files cannot be listed or deleted
   */
  public ExpiryReport run(OptionalInt keep, Optional<Duration> age, Duration grace) {
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
    long[] deleted = deleteFiles(now, clock.instant().minus(grace));
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

  private long[] deleteFiles(Snapshot now, Instant until) {
    long[] counts = new long[3];
    Map<String, DataFile> needed = snapshots.filesOf(now.oldest(), now.id());
    try (DirectoryStream<Path> days = Files.newDirectoryStream(folder, "dt=*")) {
      for (Path day : days) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(day, ".*")) {
          for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            String shown = DataFile.shownName(name.replaceFirst("\\.run\\d+$", ""));
            if (shown == null || needed.containsKey(day.getFileName() + "/" + shown)) {
              continue;
            }
            if (Files.getLastModifiedTime(file).toInstant().isAfter(until)) {
              counts[2]++;
            } else {
              counts[0]++;
              counts[1] += Files.size(file);
              Files.delete(file);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new OfflineException(
          "files of the table at " + folder + " cannot be deleted (" + e + "); run it again", e);
    }
    return counts;
  }

  /** From the oldest on, so that a cut leaves no hole. */
  private void deleteManifests(Snapshot now) {
    SortedMap<Long, String> ids = snapshots.ids();
    long base = baseOf(now.oldest());
    List<String> names = List.copyOf(ids.headMap(base).values());
    try {
      for (String name : names) {
        Files.deleteIfExists(folder.resolve(name));
      }
    } catch (IOException e) {
      throw new OfflineException(
          "manifests of the table at " + folder + " cannot be deleted (" + e + "); run it again",
          e);
    }
  }

  private long baseOf(long id) {
    return snapshots.at(id).base();
  }
}
