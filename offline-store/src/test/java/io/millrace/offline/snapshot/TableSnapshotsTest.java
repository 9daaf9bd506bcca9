package io.millrace.offline.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableSnapshotsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-21T14:00:00Z"));

  @TempDir Path folder;

  @Test
  void shouldGiveBackEverySnapshotAsItWasCommitted() {
    TableSnapshots table = table();
    assertThat(table.latest()).isEmpty();
    for (int i = 0; i < 70; i++) {
      DataFile file = file(i);
      Change change = Change.append(List.of(file), Map.of("s1", "message a {}"));
      table.commit(before -> Optional.of(change.by("w", file.rows()).withWatermark(file.rows())));
    }

    TableSnapshots reader = table();
    for (int id = 70; id > 0; id--) {
      Snapshot snapshot = reader.at(id);
      assertThat(snapshot.files()).hasSize(id).containsEntry(file(id - 1).path(), file(id - 1));
      assertThat(snapshot.offsets()).containsEntry(3, new OffsetRange(0, id, sum(id)));
      assertThat(snapshot.watermarkMs()).hasValue(id);
      assertThat(snapshot.schemas()).containsOnlyKeys("s1");
      assertThat(snapshot.parent()).isEqualTo(id - 1);
    }
    assertThat(reader.latest()).contains(table().at(70));
    assertThat(table().history())
        .extracting(Manifest::base)
        .as("every 32nd holds the whole list")
        .containsSequence(1L, 33L)
        .endsWith(65L);
  }

  @Test
  void shouldLetCommitsOfSeveralProcessesFollowEachOther() throws Exception {
    int writers = 6;
    int commits = 25;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        int first = w * commits;
        all.add(
            pool.submit(
                () -> {
                  TableSnapshots own = table();
                  for (int i = 0; i < commits; i++) {
                    Change change = Change.append(List.of(file(first + i)), Map.of());
                    own.commit(before -> Optional.of(change));
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }

    Snapshot latest = table().latest().orElseThrow();
    assertThat(latest.id()).isEqualTo(writers * commits);
    assertThat(latest.files()).hasSize(writers * commits);
    assertThat(folder.resolve("_snapshots").toFile().list()).hasSize(writers * commits);
  }

  @Test
  void shouldRefuseToReplaceWhatIsReplacedAlready() {
    append(0, 1);
    Change change = Change.compact(List.of(file(7)), List.of(file(0).path()), Map.of());
    table().commit(before -> Optional.of(change));

    Change again = Change.compact(List.of(file(8)), List.of(file(0).path()), Map.of());
    assertThatThrownBy(() -> table().commit(before -> Optional.of(again)))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining(file(0).path())
        .hasMessageContaining("something else replaced it meanwhile");
    assertThat(table().latest().orElseThrow().files())
        .containsOnlyKeys(file(1).path(), file(7).path());
  }

  @Test
  void shouldKnowHowFarAWriterHasCome() {
    Change change = Change.append(List.of(file(0)), Map.of()).by("a", 4);
    table().commit(before -> Optional.of(change));

    Snapshot snapshot = table().latest().orElseThrow();
    assertThat(snapshot.has("a", 4)).isTrue();
    assertThat(snapshot.has("a", 3)).isTrue();
    assertThat(snapshot.has("a", 5)).isFalse();
    assertThat(snapshot.has("b", 1)).isFalse();
  }

  @Test
  void shouldNameTheManifestThatIsBroken() throws IOException {
    append(0, 1);
    Path manifest = folder.resolve("_snapshots/0000000002.json");

    Files.writeString(manifest, "{\"format\": 1, \"snapshot\": 2,");
    assertThatThrownBy(() -> table().latest())
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("0000000002.json is no manifest that can be read")
        .hasMessageContaining("put it back from a copy");

    Files.writeString(manifest, "{\"format\": 9}");
    assertThatThrownBy(() -> table().latest())
        .hasMessageContaining("its format is 9, but this version reads 1");

    Files.writeString(manifest, "{\"format\": 1, \"snapshot\": \"two\"}");
    assertThatThrownBy(() -> table().latest())
        .hasMessageContaining("\"snapshot\" is no number: \"two\"");

    Files.delete(manifest);
    assertThat(table().latest().orElseThrow().files()).containsOnlyKeys(file(0).path());
    assertThatThrownBy(() -> table().at(2))
        .hasMessageEndingWith("has no snapshot 2; there are 1 to 1");
  }

  @Test
  void shouldNameTheManifestThatIsMissing() throws IOException {
    append(0, 1, 2);
    Files.delete(folder.resolve("_snapshots/0000000002.json"));

    assertThatThrownBy(() -> table().latest())
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("0000000002.json is missing");
  }

  @Test
  void shouldSayThatASnapshotHasExpired() {
    append(0, 1, 2);
    table().commit(before -> Optional.of(Change.expire(3)));

    assertThat(table().at(3).files()).hasSize(3);
    assertThatThrownBy(() -> table().at(2))
        .hasMessageEndingWith("has no snapshot 2, it has expired; there are 3 to 4");
  }

  @Test
  void shouldStayWholeWhenTheDiskIsFull() {
    append(0);
    TableSnapshots full =
        new TableSnapshots(
            new Failing(folder, new FileSystemException("x", null, "No space left on device")),
            CLOCK);
    Change change = Change.append(List.of(file(1)), Map.of());

    assertThatThrownBy(() -> full.commit(before -> Optional.of(change)))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("snapshot 2 of the table at " + folder)
        .hasMessageContaining("No space left on device")
        .hasMessageContaining("make room there")
        .hasMessageContaining("the snapshot before still holds");
    assertThat(table().latest().orElseThrow().files()).containsOnlyKeys(file(0).path());
    append(1);
    assertThat(table().latest().orElseThrow().id()).isEqualTo(2);
  }

  @Test
  void shouldNotReadAFormatThatAnotherVersionWrote() throws IOException {
    append(0);
    String golden = Files.readString(folder.resolve("_snapshots/0000000001.json"));

    assertThat(golden)
        .isEqualTo(
            """
            {
              "format" : 1,
              "snapshot" : 1,
              "parent" : 0,
              "base" : 1,
              "oldest" : 1,
              "operation" : "append",
              "at" : "2026-11-21T14:00:00Z",
              "rows" : 1,
              "bytes" : 100,
              "files" : 1,
              "offsets" : {
                "3" : {
                  "first" : 0,
                  "last" : 1,
                  "rows" : 1
                }
              },
              "writers" : { },
              "schemas" : { },
              "added" : [ {
                "path" : "dt=2008-03-09/part-0.parquet",
                "bytes" : 100,
                "rows" : 1,
                "schema" : "s1",
                "min-time" : "1970-01-01T00:00:00.010Z",
                "max-time" : "1970-01-01T00:00:00.020Z",
                "offsets" : {
                  "3" : {
                    "first" : 0,
                    "last" : 1,
                    "rows" : 1
                  }
                }
              } ],
              "removed" : [ ],
              "whole" : [ {
                "path" : "dt=2008-03-09/part-0.parquet",
                "bytes" : 100,
                "rows" : 1,
                "schema" : "s1",
                "min-time" : "1970-01-01T00:00:00.010Z",
                "max-time" : "1970-01-01T00:00:00.020Z",
                "offsets" : {
                  "3" : {
                    "first" : 0,
                    "last" : 1,
                    "rows" : 1
                  }
                }
              } ]
            }""");
  }

  private void append(int... numbers) {
    for (int number : numbers) {
      Change change = Change.append(List.of(file(number)), Map.of());
      table().commit(before -> Optional.of(change));
    }
  }

  private TableSnapshots table() {
    return new TableSnapshots(new LocalStoreFiles(folder), CLOCK);
  }

  private static DataFile file(int number) {
    return new DataFile(
        "dt=2008-03-09/part-" + number + ".parquet",
        100,
        number + 1,
        "s1",
        10,
        20,
        new TreeMap<>(Map.of(3, new OffsetRange(0, number + 1, number + 1))));
  }

  private static long sum(long to) {
    return to * (to + 1) / 2;
  }

  /** A file system on which nothing more can be made. */
  private static final class Failing implements StoreFiles {
    private final LocalStoreFiles files;
    private final IOException failure;

    private Failing(Path folder, IOException failure) {
      this.files = new LocalStoreFiles(folder);
      this.failure = failure;
    }

    @Override
    public String place() {
      return files.place();
    }

    @Override
    public List<String> list(String name) throws IOException {
      return files.list(name);
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
      return files.read(name);
    }

    @Override
    public SeekableByteChannel open(String name) throws IOException {
      return files.open(name);
    }

    @Override
    public boolean create(String name, byte[] content) throws IOException {
      throw failure;
    }

    @Override
    public boolean exclusive() {
      return files.exclusive();
    }

    @Override
    public Path local(String name, Scratch scratch) throws IOException {
      return files.local(name, scratch);
    }

    @Override
    public Path draft(String name, Scratch scratch) throws IOException {
      throw failure;
    }

    @Override
    public void put(String name, Path draft) throws IOException {
      throw failure;
    }

    @Override
    public boolean exists(String name) {
      return files.exists(name);
    }

    @Override
    public Optional<Instant> time(String name) throws IOException {
      return files.time(name);
    }

    @Override
    public void rename(String name, String newName) throws IOException {
      throw failure;
    }

    @Override
    public void delete(String name) throws IOException {
      throw failure;
    }
  }
}
