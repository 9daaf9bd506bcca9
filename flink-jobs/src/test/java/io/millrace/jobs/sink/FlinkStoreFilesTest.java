package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Event;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.maintenance.Adoption;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.DataFiles.Described;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.OffsetRange;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.Test;

class FlinkStoreFilesTest {
  private static final String FILE = "dt=2013-01-01/part-0.parquet";

  private final MemoryObjects objects = new MemoryObjects();
  private final FlinkStoreFiles files =
      new FlinkStoreFiles(
          objects,
          new Path("mem:///store/events/arrived"),
          Optional.empty(),
          InstantSource.system());

  @Test
  void shouldCommitFilesOfAnObjectStoreByTheirFeet() throws Exception {
    putFile(FILE, 0, 1_000);
    putFile("dt=2013-01-01/part-1.parquet", 1_000, 500);
    TableSnapshots table = new TableSnapshots(files, InstantSource.system());

    commit(table, FILE);
    commit(table, "dt=2013-01-01/part-1.parquet");

    Snapshot snapshot = new TableSnapshots(files, InstantSource.system()).latest().orElseThrow();
    assertThat(snapshot.id()).isEqualTo(2);
    assertThat(snapshot.rows()).isEqualTo(1_500);
    assertThat(snapshot.offsets()).hasSize(4).containsEntry(1, new OffsetRange(0, 374, 375));
    assertThat(objects.objects.keySet())
        .contains("/store/events/arrived/_snapshots/0000000002.json")
        .hasSize(4);
  }

  @Test
  void shouldNoticeACommitterThatWasThoughtDead() throws Exception {
    putFile(FILE, 0, 10);
    TableSnapshots table = new TableSnapshots(files, InstantSource.system());
    byte[] others = "{}".getBytes(StandardCharsets.UTF_8);
    String first = "/store/events/arrived/_snapshots/0000000001.json";
    objects.afterClose =
        () -> {
          objects.afterClose = () -> {};
          objects.objects.put(first, others);
        };

    assertThat(files.create("_snapshots/0000000001.json", new byte[] {1})).isFalse();
    assertThat(files.create("_snapshots/0000000001.json", new byte[] {1})).isFalse();
    assertThat(objects.objects.get(first)).as("it stays").isEqualTo(others);
    assertThatThrownBy(table::latest)
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("mem:/store/events/arrived/_snapshots/0000000001.json");
  }

  @Test
  void shouldNoticeAtTheNextCommitThatTheLastWasWrittenAgain() throws Exception {
    String first = "_snapshots/0000000001.json";
    assertThat(files.create(first, new byte[] {1})).isTrue();
    objects.objects.put("/store/events/arrived/" + first, new byte[] {2});

    assertThatThrownBy(() -> files.create("_snapshots/0000000002.json", new byte[] {3}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("0000000001.json was committed and then written again by another")
        .hasMessageContaining("adopt");
    assertThat(objects.objects).hasSize(1);
    assertThat(files.create("_snapshots/0000000002.json", new byte[] {3}))
        .as("the files are committed again upon what is there now")
        .isTrue();
  }

  @Test
  void shouldNotBelieveAStoreThatPassesOverTheCondition() throws Exception {
    FlinkStoreFiles deaf =
        new FlinkStoreFiles(
            objects,
            new Path("mem:///store/events/arrived"),
            Optional.of(
                (object, content) -> {
                  objects.objects.put(object.getPath(), content);
                  return true;
                }),
            InstantSource.system());

    assertThat(deaf.exclusive()).isFalse();
    assertThat(objects.objects).as("nothing is left of the question").isEmpty();
    assertThat(deaf.create("_snapshots/0000000001.json", new byte[] {1})).isTrue();
    assertThat(deaf.create("_snapshots/0000000001.json", new byte[] {2})).isFalse();
  }

  @Test
  void shouldFinishARenameThatWasCutOffLongAgo() throws Exception {
    String hidden = "dt=2013-01-01/.part-0.parquet.hidden";
    objects.objects.put("/store/events/arrived/" + hidden, new byte[] {1});
    objects.objects.put("/store/events/arrived/" + FILE, new byte[] {1});

    files.rename(hidden, FILE); // all objects in memory are of 1970

    assertThat(objects.objects.keySet()).containsExactly("/store/events/arrived/" + FILE);
  }

  @Test
  void shouldKeepCompactedFilesThoughTheAnswerToTheirCommitIsLost() throws Exception {
    putFile(FILE, 0, 100);
    putFile("dt=2013-01-01/part-1.parquet", 100, 50);
    boolean[] lost = {false};
    FlinkStoreFiles store =
        new FlinkStoreFiles(
            objects,
            new Path("mem:///store/events/arrived"),
            Optional.of(
                (object, content) -> {
                  boolean made = objects.objects.putIfAbsent(object.getPath(), content) == null;
                  if (lost[0]) {
                    throw new IOException("no answer");
                  }
                  return made;
                }),
            InstantSource.system());
    assertThat(Adoption.run(store, InstantSource.system())).isEqualTo(2);
    lost[0] = true;

    assertThatThrownBy(
            () ->
                new Compaction(
                        store, "arrived", CompactionOptions.defaults(), InstantSource.system())
                    .run(line -> {}))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("snapshot 2 ")
        .hasMessageContaining("no answer");

    Snapshot made = new TableSnapshots(store, InstantSource.system()).latest().orElseThrow();
    assertThat(made.operation()).as("it was made all the same").isEqualTo("compact");
    assertThat(made.rows()).isEqualTo(150);
    assertThat(made.files().values())
        .singleElement()
        .satisfies(
            file ->
                assertThat(objects.objects)
                    .containsKey("/store/events/arrived/" + file.hiddenPath()));
  }

  @Test
  void shouldNameTheObjectThatIsNoParquet() {
    objects.objects.put("/store/events/arrived/" + FILE, new byte[200]);

    assertThatThrownBy(() -> DataFiles.describe(FILE, files))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("mem:/store/events/arrived/" + FILE + " is not a whole Parquet file");
  }

  private void commit(TableSnapshots table, String path) {
    Described described = DataFiles.describe(path, files);
    Change change = DataFiles.append(List.of(described));
    table.commit(before -> Optional.of(change));
  }

  private void putFile(String path, long from, int count) throws Exception {
    DrillEvents events = new DrillEvents(10_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ParquetRowWriter<Known<Event>> writer =
        ParquetRowWriter.open(OfflineTables.events(events.source()), out)) {
      for (long number = from; number < from + count; number++) {
        StoredEvent stored = events.map(number);
        writer.write(new Known<>(stored.event(), stored.knownAtMs()));
      }
    }
    objects.objects.put("/store/events/arrived/" + path, out.toByteArray());
  }
}
