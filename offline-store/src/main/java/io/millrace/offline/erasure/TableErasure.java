package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import io.millrace.offline.maintenance.Expiry;
import io.millrace.offline.maintenance.StoreFolder;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.RowRemoval;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Takes a subject's rows out of one table while jobs write and others read: files that have some
 * are written again without them, as one snapshot; all snapshots before expire with the next, and
 * the files that had the subject are deleted at once, those of older snapshots and those that a cut
 * off compaction left among them. A reader that is in one of them fails; the others go on.
 *
 * <p>Not thread-safe. A compaction that replaces the same files meanwhile wins or is refused: here
 * it is tried again.
 */
final class TableErasure {
  private static final int TRIES = 5;
  // For readers and compactions of files that never had the subject.
  private static final Duration GRACE = Duration.ofHours(1);
  // What jobs have begun is theirs.
  private static final Duration NEVER = Duration.ofDays(36_500);

  private final Path folder;
  private final String table;
  private final SubjectRows rows;
  private final InstantSource clock;
  private final TableSnapshots snapshots;

  TableErasure(Path folder, String table, SubjectRows rows, InstantSource clock) {
    this.folder = folder;
    this.table = table;
    this.rows = rows;
    this.clock = clock;
    this.snapshots = StoreFolder.snapshots(folder, clock);
  }

  /**
   * @return what was done; empty if the table never had the subject
   * @throws OfflineException if files cannot be read, written or deleted; what was committed holds,
   *     and running it again goes on
   */
  Optional<TableReport> run() {
    for (int i = 1; ; i++) {
      Optional<Snapshot> latest = snapshots.latest();
      if (latest.isEmpty()) {
        requireNoFiles();
        return Optional.empty();
      }
      snapshots.settle();
      Map<String, BitSet> current = new TreeMap<>();
      for (DataFile file : latest.get().files().values()) {
        BitSet found = rows.rowsOf(locate(file.path()));
        if (!found.isEmpty()) {
          current.put(file.path(), found);
        }
      }
      List<Path> old = oldFiles(latest.get());
      if (current.isEmpty() && old.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(replace(latest.get(), current, old));
      } catch (ReplacedMeanwhile e) {
        if (i == TRIES) {
          throw new OfflineException(
              table + " is compacted all the time; stop that and run it again", e);
        }
      }
    }
  }

  private static final class ReplacedMeanwhile extends Exception {
    private static final long serialVersionUID = 1;

    private ReplacedMeanwhile(OfflineException cause) {
      super(cause);
    }
  }

  private TableReport replace(Snapshot before, Map<String, BitSet> current, List<Path> old)
      throws ReplacedMeanwhile {
    List<Path> written = new ArrayList<>();
    Map<String, String> schemas = new HashMap<>();
    List<DataFile> added = new ArrayList<>();
    try {
      for (Map.Entry<String, BitSet> file : current.entrySet()) {
        String day = file.getKey().substring(0, file.getKey().lastIndexOf('/'));
        String path = day + "/erase-" + UUID.randomUUID() + ".parquet";
        Path output = folder.resolve(DataFile.hidden(path));
        if (RowRemoval.without(locate(file.getKey()), file.getValue(), output) > 0) {
          written.add(output);
          Described described = DataFiles.describe(path, output);
          added.add(described.file());
          schemas.put(described.file().schema(), described.schema());
        }
      }
      long kept = added.stream().mapToLong(DataFile::rows).sum();
      long had = current.keySet().stream().mapToLong(p -> before.files().get(p).rows()).sum();
      long gone = current.values().stream().mapToLong(BitSet::cardinality).sum();
      if (kept + gone != had) {
        throw new OfflineException(
            "of %d rows of %s, %d go and %d stay; nothing has changed"
                .formatted(had, table, gone, kept));
      }
      if (!current.isEmpty()) {
        Change change =
            new Change(
                "erase",
                added,
                List.copyOf(current.keySet()),
                schemas,
                java.util.OptionalLong.empty(),
                Map.of(),
                0);
        commit(change);
        written.clear();
      }
      snapshots.settle();
      Expiry expiry = new Expiry(folder, table, clock);
      var report = expiry.run(OptionalInt.of(1), Optional.empty(), GRACE, NEVER);
      long deleted = delete(current, old);
      return new TableReport(
          table,
          gone,
          added.size(),
          deleted + report.filesDeleted(),
          before.id(),
          report.oldest(),
          report.oldest() - before.oldest());
    } finally {
      written.forEach(TableErasure::deleteQuietly);
    }
  }

  private void commit(Change change) throws ReplacedMeanwhile {
    try {
      snapshots.commit(head -> Optional.of(change));
    } catch (OfflineException e) {
      Optional<Snapshot> now = snapshots.latest();
      if (now.isPresent() && !now.get().files().keySet().containsAll(change.removed())) {
        throw new ReplacedMeanwhile(e);
      }
      throw e;
    }
  }

  /** Deletes the files that had the subject; no snapshot names them any more. */
  private long delete(Map<String, BitSet> current, List<Path> old) {
    List<Path> files = new ArrayList<>(old);
    for (String path : current.keySet()) {
      files.add(folder.resolve(path));
      files.add(folder.resolve(DataFile.hidden(path)));
    }
    long deleted = 0;
    try {
      for (Path file : files) {
        deleted += Files.deleteIfExists(file) ? 1 : 0;
      }
    } catch (IOException e) {
      throw new OfflineException(
          "files of "
              + folder
              + " that had the subject cannot be deleted ("
              + e
              + "); run it again",
          e);
    }
    return deleted;
  }

  /** Hidden files that have the subject: replaced ones, and what was never committed. */
  private List<Path> oldFiles(Snapshot latest) {
    List<Path> old = new ArrayList<>();
    try (DirectoryStream<Path> days = Files.newDirectoryStream(folder, "dt=*")) {
      for (Path day : days) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(day, ".*")) {
          for (Path file : files) {
            String shown = DataFile.shownName(String.valueOf(file.getFileName()));
            if (shown != null
                && !latest.files().containsKey(day.getFileName() + "/" + shown)
                && hasSubject(file)) {
              old.add(file);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new OfflineException("the table at " + folder + " cannot be listed: " + e, e);
    }
    return old;
  }

  /** What was cut off half way cannot be read, and may have it. */
  private boolean hasSubject(Path file) {
    try {
      return !rows.rowsOf(file).isEmpty();
    } catch (OfflineException e) {
      return Files.exists(file);
    }
  }

  private void requireNoFiles() {
    if (Files.isDirectory(folder) && !ParquetFiles.at(folder).isEmpty()) {
      throw new OfflineException(
          table
              + " has files, but no snapshot; take them into one with \"millrace offline adopt\" and"
              + " run it again");
    }
  }

  private Path locate(String path) {
    Path shown = folder.resolve(path);
    return Files.exists(shown) ? shown : folder.resolve(DataFile.hidden(path));
  }

  /** It was never committed, and does not have the subject. */
  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }
}
