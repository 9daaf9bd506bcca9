package io.millrace.jobs.sink;

import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.connector.file.sink.FileSinkCommittable;

/**
 * Gives the files of a checkpoint their names, then commits them to their tables: one snapshot a
 * table. Flink calls it again with the same files after a failure; what a table's snapshot has by
 * its writer's count is left alone, even if it was compacted and deleted meanwhile. Any exception
 * makes the job go back to the checkpoint, whose files are then committed again. A silent table
 * gets a snapshot of the same files as of a later watermark.
 */
final class SnapshotCommitter implements Committer<TableCommittable> {
  private final Committer<FileSinkCommittable> files;
  private final StorePlace store;
  private final Map<String, StoreFiles> places = new HashMap<>();
  private final Map<String, TableSnapshots> tables = new HashMap<>();

  SnapshotCommitter(Committer<FileSinkCommittable> files, StorePlace store) {
    this.files = files;
    this.store = store;
  }

  @Override
  public void commit(Collection<CommitRequest<TableCommittable>> requests)
      throws IOException, InterruptedException {
    Map<String, List<TableCommittable>> byTable = new TreeMap<>();
    List<CommitRequest<FileSinkCommittable>> open = new ArrayList<>();
    // The newest snapshot of a table is looked for once, not for each of its files.
    Map<String, Optional<Snapshot>> newest = new HashMap<>();
    for (CommitRequest<TableCommittable> request : requests) {
      TableCommittable file = request.getCommittable();
      if (file.file().isPresent() && file.path().isEmpty()) {
        open.add(new FileRequest(request));
      } else if (newest
          .computeIfAbsent(file.table(), table -> snapshots(table).latest())
          .filter(snapshot -> snapshot.has(file.writer(), file.sequence()))
          .isPresent()) {
        request.signalAlreadyCommitted();
      } else {
        if (file.file().isPresent()) {
          open.add(new FileRequest(request));
        }
        byTable.computeIfAbsent(file.table(), name -> new ArrayList<>()).add(file);
      }
    }
    files.commit(open);
    for (Map.Entry<String, List<TableCommittable>> table : byTable.entrySet()) {
      commit(table.getKey(), table.getValue());
    }
  }

  @Override
  public void close() throws Exception {
    files.close();
  }

  private void commit(String table, List<TableCommittable> files) {
    StoreFiles place = places.get(table);
    List<DataFiles.Described> described = new ArrayList<>();
    for (TableCommittable file : files) {
      file.path().ifPresent(path -> described.add(DataFiles.describe(path, place)));
    }
    Change change = DataFiles.append(described);
    long watermarkMs = Long.MAX_VALUE;
    for (TableCommittable file : files) {
      change = change.by(file.writer(), file.sequence());
      watermarkMs = Math.min(watermarkMs, file.watermarkMs());
    }
    if (watermarkMs != Long.MIN_VALUE && watermarkMs != Long.MAX_VALUE) {
      change = change.withWatermark(watermarkMs);
    }
    Change made = change;
    snapshots(table).commit(before -> Optional.of(withEarlier(made, before, place)));
  }

  /** Files that lay there before the table had snapshots belong to its first one. */
  private static Change withEarlier(Change change, Optional<Snapshot> before, StoreFiles place) {
    return before.isPresent() ? change : DataFiles.withAllOf(change, Set.of(), place);
  }

  private TableSnapshots snapshots(String table) {
    StoreFiles place = places.computeIfAbsent(table, store::files);
    return tables.computeIfAbsent(table, name -> new TableSnapshots(place, InstantSource.system()));
  }

  /** A request as Flink's file committer takes it. */
  private record FileRequest(CommitRequest<TableCommittable> request)
      implements CommitRequest<FileSinkCommittable> {
    @Override
    public FileSinkCommittable getCommittable() {
      return request.getCommittable().file().orElseThrow();
    }

    @Override
    public int getNumberOfRetries() {
      return request.getNumberOfRetries();
    }

    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      request.signalFailedWithKnownReason(reason);
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      request.signalFailedWithUnknownReason(reason);
    }

    @Override
    public void retryLater() {
      throw new IllegalStateException(
          "Flink's file committer wants to try again later, which it never did: the files would"
              + " miss their snapshot");
    }

    @Override
    public void updateAndRetryLater(FileSinkCommittable update) {
      retryLater();
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }
  }
}
