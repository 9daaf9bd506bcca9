package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.jobs.sink.TableRoute.Placed;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SilentTablesTest {
  private static final OfflineTable<Values> TABLE =
      OfflineTables.of(
          "ticks",
          "ticks",
          new RowSchema("ticks", List.of(Field.required("n", ValueType.INT64))),
          row -> 0,
          row -> row);

  @TempDir Path root;

  @Test
  void shouldTellOfATableAfterAWhileAndOnlyWhereTheWatermarkMoved() {
    SilentTables tables = new SilentTables(Duration.ofMillis(100));
    assertThat(tables.due(50, 1_000)).as("nothing was written").isEmpty();
    tables.spoke("a", 50, 1_000);
    tables.spoke("b", 60, 1_050);
    assertThat(tables.due(60, 1_099)).as("too early").isEmpty();
    assertThat(tables.due(60, 1_150)).as("b is as of 60 already").containsExactly("a");
    assertThat(tables.due(70, 1_200)).containsExactly("b");
    assertThat(tables.due(70, 1_250)).containsExactly("a");
    assertThat(tables.due(70, 9_000)).as("nothing moved").isEmpty();
    assertThat(tables.due(Long.MAX_VALUE, 9_000)).as("the end is no instant").isEmpty();
  }

  @Test
  void shouldCommitTheSameFilesOnceAsOfTheLaterWatermark() throws Exception {
    Path folder = root.resolve("ticks");
    String path = "dt=1970-01-01/part-0.parquet";
    try (ParquetRowWriter<Values> rows = ParquetRowWriter.open(TABLE, folder.resolve(path))) {
      rows.write(Values.of(1));
    }
    TableSnapshots snapshots =
        new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system());
    snapshots.commit(
        before ->
            Optional.of(
                DataFiles.append(List.of(DataFiles.describe(path, folder.resolve(path))))
                    .by("w", 1)
                    .withWatermark(50)));

    try (Committer<TableCommittable> committer = committer()) {
      assertThat(commit(committer, TableCommittable.ofSilent("ticks", "w", 2, 70))).isFalse();
      Snapshot silent = newest(folder);
      assertThat(silent.id()).isEqualTo(2);
      assertThat(silent.watermarkMs()).hasValue(70);
      assertThat(silent.files()).containsOnlyKeys(path);

      assertThat(commit(committer, TableCommittable.ofSilent("ticks", "w", 2, 70)))
          .as("as after a failure")
          .isTrue();
      assertThat(newest(folder).id()).isEqualTo(2);
    }
  }

  @Test
  void shouldKeepWordOfASilentTableInCheckpoints() throws Exception {
    var codec = sink().getCommittableSerializer();
    TableCommittable word = TableCommittable.ofSilent("events/a", "w", 7, -5);
    assertThat(codec.deserialize(codec.getVersion(), codec.serialize(word))).isEqualTo(word);
  }

  private static Snapshot newest(Path folder) {
    return new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system())
        .latest()
        .orElseThrow();
  }

  private Committer<TableCommittable> committer() throws Exception {
    return sink().createCommitter(null);
  }

  @SuppressWarnings("unchecked") // every sink of a table commits
  private SupportsCommitter<TableCommittable> sink() {
    TableRoute<Values> route = row -> new Placed<>(TABLE, row);
    return (SupportsCommitter<TableCommittable>) TableSink.tellingSilence(root.toUri(), route);
  }

  /** Whether the committer said that it was committed before. */
  private static boolean commit(Committer<TableCommittable> committer, TableCommittable committable)
      throws Exception {
    List<String> already = new ArrayList<>();
    committer.commit(
        List.of(
            new CommitRequest<>() {
              @Override
              public TableCommittable getCommittable() {
                return committable;
              }

              @Override
              public int getNumberOfRetries() {
                return 0;
              }

              @Override
              public void signalFailedWithKnownReason(Throwable reason) {
                throw new AssertionError(reason);
              }

              @Override
              public void signalFailedWithUnknownReason(Throwable reason) {
                throw new AssertionError(reason);
              }

              @Override
              public void retryLater() {
                throw new AssertionError("retried");
              }

              @Override
              public void updateAndRetryLater(TableCommittable update) {
                throw new AssertionError("retried");
              }

              @Override
              public void signalAlreadyCommitted() {
                already.add("said");
              }
            }));
    return !already.isEmpty();
  }
}
