package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.FileMerge;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Makes few sorted files of many small ones, day by day, while jobs write and others read. New
 * files are written under hidden names, committed, and then change places with the old, one rename
 * each: readers of snapshots see either; who lists the folder may see rows of one day twice while
 * the renames last, and never misses one. The old files stay, hidden, until their snapshots expire.
 * Not thread-safe; of two processes that compact the same files one is refused.
 */
public final class Compaction {
  // A row as an object takes more than its values: headers, references, boxes.
  private static final long OBJECT_BYTES_A_ROW = 400;
  private static final long OBJECT_BYTES_A_BYTE = 4;
  private static final int LEAST_ROWS = 1_000;

  private record Group(String folder, String schema) {}

  private final Path folder;
  private final String table;
  private final TableSnapshots snapshots;
  private final CompactionOptions options;

  /**
   * @param folder the table's
   * @param table how reports call it
   */
  public Compaction(Path folder, String table, CompactionOptions options, InstantSource clock) {
    this.folder = folder;
    this.table = table;
    this.options = options;
    this.snapshots = StoreFolder.snapshots(folder, clock);
  }

  /**
   * Compacts all days that have several small files; of a table without snapshots none, since its
   * files may wait for the commit of a job. {@link Adoption} is for those.
   *
   * @param progress told each day that is done
   * @throws OfflineException if a file is damaged or cannot be written; what was committed holds
   */
  public CompactionReport run(Consumer<String> progress) {
    Optional<Snapshot> latest = snapshots.latest();
    if (latest.isEmpty()) {
      return new CompactionReport(table, 0, 0, 0, 0, 0, 0);
    }
    Snapshot start = latest.get();
    snapshots.settle();
    Map<Group, List<DataFile>> groups =
        new TreeMap<>(Comparator.comparing(Group::folder).thenComparing(Group::schema));
    for (DataFile file : start.files().values()) {
      if (file.bytes() < options.smallBytes()) {
        groups
            .computeIfAbsent(new Group(file.folder(), file.schema()), key -> new ArrayList<>())
            .add(file);
      }
    }
    long[] sums = new long[6];
    for (Map.Entry<Group, List<DataFile>> group : groups.entrySet()) {
      List<DataFile> files = group.getValue();
      if (files.size() < 2 || !describe(files.get(0)).ours()) {
        sums[5] += files.size();
        continue;
      }
      List<DataFile> made = compact(group.getKey().folder(), files);
      sums[0] += files.size();
      sums[1] += made.size();
      sums[2] += files.stream().mapToLong(DataFile::bytes).sum();
      sums[3] += made.stream().mapToLong(DataFile::bytes).sum();
      sums[4] += files.stream().mapToLong(DataFile::rows).sum();
      progress.accept(
          table + " " + group.getKey().folder() + ": " + files.size() + " files to " + made.size());
    }
    return new CompactionReport(table, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
  }

  private List<DataFile> compact(String day, List<DataFile> files) {
    long rows = 0;
    long plainBytes = 0;
    List<Path> inputs = new ArrayList<>();
    for (DataFile file : files) {
      Described described = describe(file);
      rows += described.file().rows();
      plainBytes += described.plainBytes();
      inputs.add(locate(file));
    }
    long bytesARow = OBJECT_BYTES_A_ROW + OBJECT_BYTES_A_BYTE * plainBytes / Math.max(1, rows);
    int inMemory = (int) Math.max(LEAST_ROWS, Math.min(1 << 30, options.memoryBytes() / bytesARow));
    String name = "compact-" + UUID.randomUUID();
    List<Path> written = List.of();
    try {
      written =
          FileMerge.like(inputs.get(0), options.entity(), options.targetBytes(), inMemory)
              .merge(
                  inputs,
                  number ->
                      folder.resolve(
                          DataFile.hidden(day + "/" + name + "-" + number + ".parquet")));
      Map<String, String> schemas = new HashMap<>();
      List<DataFile> added = new ArrayList<>();
      for (int i = 0; i < written.size(); i++) {
        Described described =
            DataFiles.describe(day + "/" + name + "-" + i + ".parquet", written.get(i));
        added.add(described.file());
        schemas.put(described.file().schema(), described.schema());
      }
      requireAll(day, rows, added);
      Change change = Change.compact(added, files.stream().map(DataFile::path).toList(), schemas);
      snapshots.commit(before -> Optional.of(change));
      written = List.of();
      snapshots.settle(Set.of(day));
      return added;
    } catch (IOException e) {
      throw new OfflineException(
          "the files of "
              + folder.resolve(day)
              + " cannot be compacted ("
              + e
              + "); make room there, or give the right to write; nothing has changed",
          e);
    } finally {
      written.forEach(Compaction::deleteQuietly);
    }
  }

  private void requireAll(String day, long rows, List<DataFile> added) {
    long made = added.stream().mapToLong(DataFile::rows).sum();
    if (made != rows) {
      throw new OfflineException(
          "of " + rows + " rows of " + folder.resolve(day) + " the compacted files have " + made);
    }
  }

  private Described describe(DataFile file) {
    return DataFiles.describe(file.path(), locate(file));
  }

  private Path locate(DataFile file) {
    Path shown = folder.resolve(file.path());
    return Files.exists(shown) ? shown : folder.resolve(file.hiddenPath());
  }

  /** It was never committed; what stays is deleted when snapshots expire. */
  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }
}
