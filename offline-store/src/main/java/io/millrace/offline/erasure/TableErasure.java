package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import io.millrace.offline.maintenance.Expiry;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.RowRemoval;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
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
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Takes a subject's rows out of one table while jobs write and others read: files that have some
 * are written again without them, as one snapshot; all snapshots before expire with the next, and
 * the files that had the subject are deleted at once, those of older snapshots and those that a cut
 * off compaction left among them. A reader that is in one of them fails; the others go on.
 *
 * <p>Not thread-safe. A compaction that replaces the same files meanwhile wins or is refused: here
 * it is tried again. So it is with an erasure of another subject beside.
 */
final class TableErasure {
  private static final int TRIES = 5;
  // For readers and compactions of files that never had the subject.
  private static final Duration GRACE = Duration.ofHours(1);
  // What jobs have begun is theirs.
  private static final Duration NEVER = Duration.ofDays(36_500);

  private final StoreFiles files;
  private final String table;
  private final SubjectRows rows;
  private final InstantSource clock;
  private final TableSnapshots snapshots;

  TableErasure(StoreFiles files, String table, SubjectRows rows, InstantSource clock) {
    this.files = files;
    this.table = table;
    this.rows = rows;
    this.clock = clock;
    this.snapshots = new TableSnapshots(files, clock);
  }

  /**
   * @return what was done; empty if the table never had the subject
   * @throws OfflineException if files cannot be read, written or deleted; what was committed holds,
   *     and running it again goes on
   */
  Optional<TableReport> run() {
    for (int i = 1; ; i++) {
      try (Scratch scratch = new Scratch()) {
        return once(scratch);
      } catch (ReplacedMeanwhile e) {
        if (i == TRIES) {
          throw new OfflineException(
              table + " is compacted all the time; stop that and run it again", e);
        }
      } catch (IOException e) {
        throw new OfflineException(
            "files of "
                + files.place()
                + " that had the subject cannot be read, written or deleted ("
                + e
                + "); run it again",
            e);
      }
    }
  }

  private static final class ReplacedMeanwhile extends Exception {
    private static final long serialVersionUID = 1;

    private ReplacedMeanwhile(Exception cause) {
      super(cause);
    }
  }

  private Optional<TableReport> once(Scratch scratch) throws IOException, ReplacedMeanwhile {
    Optional<Snapshot> latest = snapshots.latest();
    if (latest.isEmpty()) {
      requireNoFiles();
      return Optional.empty();
    }
    snapshots.settle();
    Map<String, BitSet> current = new TreeMap<>();
    for (DataFile file : latest.get().files().values()) {
      try {
        Path read = TableScan.local(files, file.path(), scratch);
        BitSet found = rows.rowsOf(read);
        scratch.forget(read);
        if (!found.isEmpty()) {
          current.put(file.path(), found);
        }
      } catch (NoSuchFileException e) {
        requireReplaced(List.of(file.path()), e);
      }
    }
    List<String> old = oldFiles(latest.get(), scratch);
    return current.isEmpty() && old.isEmpty()
        ? Optional.empty()
        : Optional.of(replace(latest.get(), current, old, scratch));
  }

  private TableReport replace(
      Snapshot before, Map<String, BitSet> current, List<String> old, Scratch scratch)
      throws IOException, ReplacedMeanwhile {
    List<String> written = new ArrayList<>();
    Map<String, String> schemas = new HashMap<>();
    List<DataFile> added = new ArrayList<>();
    try {
      for (Map.Entry<String, BitSet> file : current.entrySet()) {
        String day = file.getKey().substring(0, file.getKey().lastIndexOf('/'));
        String path = day + "/erase-" + UUID.randomUUID() + ".parquet";
        String hidden = DataFile.hidden(path);
        Path input = TableScan.local(files, file.getKey(), scratch);
        Path output = files.draft(hidden, scratch);
        if (RowRemoval.without(input, file.getValue(), output) > 0) {
          written.add(hidden);
          Described described = DataFiles.describe(path, output);
          added.add(described.file());
          schemas.put(described.file().schema(), described.schema());
          files.put(hidden, output);
        }
        scratch.forget(input);
        scratch.forget(output);
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
        List<String> removed = List.copyOf(current.keySet());
        commit(
            new Change("erase", added, removed, schemas, OptionalLong.empty(), Map.of(), 0),
            written);
      }
      snapshots.settle();
      Expiry expiry = new Expiry(files, table, clock);
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
    } catch (NoSuchFileException e) {
      requireReplaced(List.copyOf(current.keySet()), e);
      throw e;
    } finally {
      written.forEach(this::deleteQuietly);
    }
  }

  private void commit(Change change, List<String> written) throws ReplacedMeanwhile {
    try {
      snapshots.commit(head -> Optional.of(change));
      written.clear();
    } catch (OfflineException e) {
      if (e.getCause() instanceof IOException) {
        // Whether it was made is not known, if the store did not answer: then its files stay.
        written.clear();
        throw e;
      }
      requireReplaced(change.removed(), e);
    }
  }

  /** Rethrows what went wrong, as a reason to try again if another replaced the files. */
  private void requireReplaced(List<String> paths, IOException e)
      throws IOException, ReplacedMeanwhile {
    if (hasAll(paths)) {
      throw e;
    }
    throw new ReplacedMeanwhile(e);
  }

  private void requireReplaced(List<String> paths, OfflineException e) throws ReplacedMeanwhile {
    if (hasAll(paths)) {
      throw e;
    }
    throw new ReplacedMeanwhile(e);
  }

  private boolean hasAll(List<String> paths) {
    Optional<Snapshot> now = snapshots.latest();
    return now.isEmpty() || now.get().files().keySet().containsAll(paths);
  }

  /** Deletes the files that had the subject; no snapshot names them any more. */
  private long delete(Map<String, BitSet> current, List<String> old) throws IOException {
    List<String> paths = new ArrayList<>(old);
    paths.addAll(current.keySet());
    long deleted = 0;
    for (String path : paths) {
      for (String name : List.of(path, DataFile.hidden(path))) {
        boolean there = files.exists(name);
        files.delete(name);
        deleted += there ? 1 : 0;
      }
    }
    return deleted;
  }

  /**
   * The paths of hidden files that have the subject: replaced ones, and what was never committed.
   */
  private List<String> oldFiles(Snapshot latest, Scratch scratch) throws IOException {
    List<String> old = new ArrayList<>();
    for (String day : files.list("")) {
      if (!day.startsWith("dt=")) {
        continue;
      }
      for (String name : files.list(day)) {
        String shown = DataFile.shownName(name);
        if (shown != null
            && !latest.files().containsKey(day + "/" + shown)
            && hasSubject(day + "/" + name, scratch)) {
          old.add(day + "/" + shown);
        }
      }
    }
    return old;
  }

  /** What was cut off half way cannot be read, and may have it. */
  private boolean hasSubject(String name, Scratch scratch) throws IOException {
    try {
      Path read = files.local(name, scratch);
      boolean has = !rows.rowsOf(read).isEmpty();
      scratch.forget(read);
      return has;
    } catch (OfflineException e) {
      return files.exists(name);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void requireNoFiles() {
    if (!DataFiles.shown(files).isEmpty()) {
      throw new OfflineException(
          table
              + " has files, but no snapshot; take them into one with \"millrace offline adopt\" and"
              + " run it again");
    }
  }

  /** It was never committed, and does not have the subject. */
  private void deleteQuietly(String name) {
    try {
      files.delete(name);
    } catch (IOException e) {
      return;
    }
  }
}
