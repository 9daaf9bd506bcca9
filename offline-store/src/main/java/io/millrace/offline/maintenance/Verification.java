package io.millrace.offline.maintenance;

import io.millrace.feature.RowSchema;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Proves that a snapshot is what its manifest says: every file is there and whole, with the size,
 * rows, schema and origins that were committed; every page has its checksum; no offset is there
 * twice. Reads everything and changes nothing. Not thread-safe.
 */
public final class Verification {
  private static final int MOST_PROBLEMS = 100;

  /** Rows of a partition; of a source of changes those that take back are others. */
  private record Part(int partition, boolean takenBack) implements Comparable<Part> {
    @Override
    public int compareTo(Part other) {
      int order = Integer.compare(partition, other.partition);
      return order != 0 ? order : Boolean.compare(takenBack, other.takenBack);
    }
  }

  private final StoreFiles files;
  private final String table;
  private final TableSnapshots snapshots;
  private final List<String> problems = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final Map<Part, OffsetSet> offsets = new TreeMap<>();
  private long rows;
  private long doubles;

  /** Of a table's folder on this machine. */
  public Verification(Path folder, String table) {
    this(new LocalStoreFiles(folder), table);
  }

  /**
   * Of a table wherever it lies. What lies elsewhere is copied here, a file at a time.
   *
   * @param files the table's
   * @param table how reports call it
   */
  public Verification(StoreFiles files, String table) {
    this.files = files;
    this.table = table;
    this.snapshots = new TableSnapshots(files, InstantSource.system());
  }

  /**
   * Verifies a snapshot; to be called once.
   *
   * @param number which; empty for the newest
   * @throws OfflineException if a manifest is broken, or there is no such snapshot
   */
  public VerificationReport run(OptionalLong number) {
    Optional<Snapshot> snapshot =
        number.isPresent() ? Optional.of(snapshots.at(number.getAsLong())) : snapshots.latest();
    long bytes = 0;
    long count = 0;
    try (Scratch scratch = new Scratch()) {
      if (snapshot.isPresent()) {
        for (DataFile file : snapshot.get().files().values()) {
          verify(file, snapshot.get(), scratch);
          bytes += file.bytes();
          count++;
        }
        remarkOnOthers(snapshot.get());
      } else {
        remarks.add(
            "the table has no snapshot yet: these are the files that lie in its folder; \"adopt\""
                + " makes its first one, if no job writes to it");
        for (String path : DataFiles.shown(files)) {
          count++;
          bytes += verifyUncommitted(path, scratch);
        }
      }
    }
    return new VerificationReport(
        table,
        snapshot.map(Snapshot::id).orElse(0L),
        count,
        bytes,
        rows,
        offsets.keySet().stream().map(Part::partition).distinct().count(),
        doubles,
        offsets.values().stream().mapToLong(OffsetSet::missing).sum(),
        problems,
        remarks);
  }

  private void verify(DataFile file, Snapshot snapshot, Scratch scratch) {
    String place = files.place() + "/" + file.path();
    for (String name : List.of(file.path(), file.hiddenPath(), file.path())) {
      try {
        Path here = files.local(name, scratch);
        try {
          verify(files.place() + "/" + name, file, here);
          return;
        } catch (OfflineException e) {
          throw named(e, here, name);
        } finally {
          scratch.forget(here);
        }
      } catch (NoSuchFileException e) {
        // Under its other name, or it was renamed meanwhile.
      } catch (IOException | OfflineException e) {
        if (!isThere(name)) {
          continue; // it was renamed while it was read
        }
        problem(String.valueOf(e.getMessage()));
        return;
      }
    }
    problem(
        place
            + " is missing, but snapshot "
            + snapshot.id()
            + " names it; put it back from a copy");
  }

  private void verify(String place, DataFile file, Path here) throws IOException {
    long bytes = Files.size(here);
    if (bytes != file.bytes()) {
      problem(
          place
              + " has "
              + bytes
              + " bytes, but was committed with "
              + file.bytes()
              + "; put it back from a copy");
      return;
    }
    Described described = DataFiles.describe(file.path(), here);
    if (!described.file().equals(file)) {
      problem(
          place
              + " is another file than the one that was committed: "
              + described.file()
              + " instead of "
              + file
              + "; put it back from a copy");
      return;
    }
    long before = rows;
    read(place, described, here);
    if (rows - before != file.rows()) {
      problem(place + " has " + (rows - before) + " rows, but its foot tells " + file.rows());
    }
  }

  /** What is wrong with a copy is wrong with what it was made of. */
  private OfflineException named(OfflineException e, Path here, String name) {
    return new OfflineException(
        String.valueOf(e.getMessage()).replace(here.toString(), files.place() + "/" + name), e);
  }

  private boolean isThere(String name) {
    try {
      return files.exists(name);
    } catch (IOException e) {
      return true;
    }
  }

  /** The bytes of a file that is in no snapshot. */
  private long verifyUncommitted(String path, Scratch scratch) {
    try {
      Path here = files.local(path, scratch);
      try {
        read(files.place() + "/" + path, DataFiles.describe(path, here), here);
        return Files.size(here);
      } catch (OfflineException e) {
        throw named(e, here, path);
      } finally {
        scratch.forget(here);
      }
    } catch (IOException | OfflineException e) {
      problem(String.valueOf(e.getMessage()));
      return 0;
    }
  }

  /** Reads all columns, and with them checks the pages' checksums. */
  private void read(String place, Described described, Path here) {
    try (ParquetRowReader reader = ParquetRowReader.open(here)) {
      RowSchema schema = reader.schema();
      int partition = place(schema, described.roles().partition());
      int offset = place(schema, described.roles().offset());
      OptionalInt takenBack = schema.indexOf(OfflineTables.TAKEN_BACK);
      while (reader.next()) {
        rows++;
        if (partition >= 0 && offset >= 0) {
          Part part =
              new Part(
                  (int) reader.row().longAt(partition),
                  takenBack.isPresent() && reader.row().booleanAt(takenBack.getAsInt()));
          long at = reader.row().longAt(offset);
          if (!offsets.computeIfAbsent(part, key -> new OffsetSet()).add(at)) {
            doubles++;
            problem(
                place
                    + " has a second row of offset "
                    + at
                    + " of source partition "
                    + part.partition()
                    + "; was a job begun again from an old savepoint, or a file copied?");
          }
        }
      }
    }
  }

  private static int place(RowSchema schema, Optional<String> column) {
    return column.map(name -> schema.indexOf(name).orElse(-1)).orElse(-1);
  }

  private void remarkOnOthers(Snapshot snapshot) {
    if (snapshots.latest().map(Snapshot::id).orElse(0L) != snapshot.id()) {
      return;
    }
    long other = 0;
    Map<String, DataFile> known = snapshots.filesOf(snapshot.oldest(), snapshot.id());
    long replaced = 0;
    for (String path : DataFiles.shown(files)) {
      if (!snapshot.files().containsKey(path)) {
        if (known.containsKey(path)) {
          replaced++;
        } else {
          other++;
        }
      }
    }
    if (replaced > 0) {
      problem(
          replaced
              + " replaced files of the table at "
              + files.place()
              + " are seen by everyone, since a compaction was cut off; run \"compact\" again");
    }
    if (other > 0) {
      remarks.add(
          other
              + " files are in no snapshot: a job that goes on from its checkpoint commits its own;"
              + " if no job writes here, \"adopt\" takes them in");
    }
  }

  private void problem(String text) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(text);
    }
  }
}
