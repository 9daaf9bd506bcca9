package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.FileMerge;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
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

  private final StoreFiles files;
  private final String table;
  private final TableSnapshots snapshots;
  private final CompactionOptions options;

  /** Of a table's folder on this machine. */
  public Compaction(Path folder, String table, CompactionOptions options, InstantSource clock) {
    this(new LocalStoreFiles(folder), table, options, clock);
  }

  /**
   * Of a table wherever it lies. What lies elsewhere is copied here, a day at a time.
   *
   * @param files the table's
   * @param table how reports call it
   */
  public Compaction(
      StoreFiles files, String table, CompactionOptions options, InstantSource clock) {
    this.files = files;
    this.table = table;
    this.options = options;
    this.snapshots = new TableSnapshots(files, clock);
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
      List<DataFile> small = group.getValue();
      if (small.size() < 2 || !isOurs(small.get(0))) {
        sums[5] += small.size();
        continue;
      }
      List<DataFile> made = compact(group.getKey().folder(), small);
      sums[0] += small.size();
      sums[1] += made.size();
      sums[2] += small.stream().mapToLong(DataFile::bytes).sum();
      sums[3] += made.stream().mapToLong(DataFile::bytes).sum();
      sums[4] += small.stream().mapToLong(DataFile::rows).sum();
      progress.accept(
          table + " " + group.getKey().folder() + ": " + small.size() + " files to " + made.size());
    }
    return new CompactionReport(table, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
  }

  private List<DataFile> compact(String day, List<DataFile> small) {
    String name = "compact-" + UUID.randomUUID();
    List<String> written = new ArrayList<>();
    try (Scratch scratch = new Scratch()) {
      List<Path> inputs = new ArrayList<>();
      long rows = 0;
      long plainBytes = 0;
      for (DataFile file : small) {
        Path input = local(file, scratch);
        Described described = DataFiles.describe(file.path(), input);
        rows += described.file().rows();
        plainBytes += described.plainBytes();
        inputs.add(input);
      }
      long bytesARow = OBJECT_BYTES_A_ROW + OBJECT_BYTES_A_BYTE * plainBytes / Math.max(1, rows);
      int inMemory =
          (int) Math.max(LEAST_ROWS, Math.min(1 << 30, options.memoryBytes() / bytesARow));
      Map<Integer, Path> drafts = new HashMap<>();
      List<Path> merged =
          FileMerge.like(inputs.get(0), options.entity(), options.targetBytes(), inMemory)
              .merge(
                  inputs,
                  number ->
                      drafts.computeIfAbsent(
                          number, next -> draft(pathOf(day, name, next), scratch)));
      for (int i = 0; i < merged.size(); i++) {
        written.add(DataFile.hidden(pathOf(day, name, i)));
      }
      Map<String, String> schemas = new HashMap<>();
      List<DataFile> added = new ArrayList<>();
      for (int i = 0; i < merged.size(); i++) {
        Described described = DataFiles.describe(pathOf(day, name, i), merged.get(i));
        added.add(described.file());
        schemas.put(described.file().schema(), described.schema());
      }
      requireAll(day, rows, added);
      for (int i = 0; i < merged.size(); i++) {
        files.put(written.get(i), merged.get(i));
      }
      Change change = Change.compact(added, small.stream().map(DataFile::path).toList(), schemas);
      commit(change, written);
      snapshots.settle(Set.of(day));
      return added;
    } catch (IOException | UncheckedIOException e) {
      throw new OfflineException(
          "the files of "
              + files.place()
              + "/"
              + day
              + " cannot be compacted ("
              + e
              + "); make room there, or give the right to write; nothing has changed",
          e);
    } finally {
      written.forEach(this::deleteQuietly);
    }
  }

  /** Whether a commit that the store did not answer was made is not known: then its files stay. */
  private void commit(Change change, List<String> written) {
    try {
      snapshots.commit(before -> Optional.of(change));
      written.clear();
    } catch (OfflineException e) {
      if (e.getCause() instanceof IOException) {
        written.clear();
      }
      throw e;
    }
  }

  private static String pathOf(String day, String name, int number) {
    return day + "/" + name + "-" + number + ".parquet";
  }

  private Path draft(String path, Scratch scratch) {
    try {
      return files.draft(DataFile.hidden(path), scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void requireAll(String day, long rows, List<DataFile> added) {
    long made = added.stream().mapToLong(DataFile::rows).sum();
    if (made != rows) {
      throw new OfflineException(
          "of "
              + rows
              + " rows of "
              + files.place()
              + "/"
              + day
              + " the compacted files have "
              + made);
    }
  }

  private boolean isOurs(DataFile file) {
    try {
      String name = files.exists(file.path()) ? file.path() : file.hiddenPath();
      return DataFiles.describe(name, files).ours();
    } catch (IOException e) {
      throw new OfflineException(
          files.place() + "/" + file.path() + " cannot be read (" + e + "); run it again", e);
    }
  }

  private Path local(DataFile file, Scratch scratch) throws IOException {
    try {
      return files.local(file.path(), scratch);
    } catch (NoSuchFileException e) {
      return files.local(file.hiddenPath(), scratch);
    }
  }

  /** It was never committed; what stays is deleted when snapshots expire. */
  private void deleteQuietly(String name) {
    try {
      files.delete(name);
    } catch (IOException e) {
      return;
    }
  }
}
