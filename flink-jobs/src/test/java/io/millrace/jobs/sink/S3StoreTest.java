package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.jobs.s3.ConditionalPut;
import io.millrace.jobs.s3.S3ConditionalPut;
import io.millrace.jobs.s3.TestS3;
import io.millrace.offline.OfflineException;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.MaintenanceReporter;
import io.millrace.offline.maintenance.StoreMaintenance;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The offline store on an S3 server that is real, through Flink's own plugin. */
class S3StoreTest {
  private static final long SEED = 20_261_121;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int STEP_MS = 50;
  private static final String TABLE = "events/arrived";

  @TempDir static Path servers;
  private static TestS3 server;
  private static Configuration flink;

  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    server = TestS3.start(servers.resolve("s3"));
    flink = server.load();
  }

  @AfterAll
  static void end() {
    FileSystem.initialize(new Configuration(), null);
    server.close();
  }

  /**
   * A job that is killed in the middle, begins again and fails by itself, while its table is
   * compacted and expires beside it; then every row is fetched and compared with what was sent.
   */
  @Test
  void shouldWriteEveryRowOnceThoughKilledAndCompactedBeside() throws Exception {
    long count = 20_000;
    DrillEvents events = new DrillEvents(count);
    URI root = URI.create("s3://" + TestS3.BUCKET + "/drill/offline");
    DrillProcess drill = new DrillProcess(folder, root, server.environment());
    StoreFiles table = FlinkStorePlace.at(root, flink).files(TABLE);
    List<String> lines = new ArrayList<>();

    Process first = drill.start(count, 5_000, SEED, count / 4);
    try {
      awaitRows(first, drill, table, count / 4);
    } finally {
      first.destroyForcibly().waitFor();
    }
    Process second = drill.start(count, Integer.MAX_VALUE, SEED + 1, count / 3);
    try {
      awaitRows(second, drill, table, count / 2);
      StoreMaintenance upkeep = maintenance(root, lines);
      upkeep.compact(CompactionOptions.defaults().with(16 << 20), Map.of(), lines::add);
      upkeep.expire(OptionalInt.of(2), Optional.empty(), Duration.ZERO, Duration.ofDays(7));
      assertThat(second.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as(drill::log).isTrue();
      assertThat(second.exitValue()).as(drill::log).isZero();
    } finally {
      second.destroyForcibly().waitFor();
    }

    StoreMaintenance upkeep = maintenance(root, lines);
    upkeep.compact(CompactionOptions.defaults().with(16 << 20), Map.of(), lines::add);
    String said = "seed %d, %s".formatted(SEED, lines);
    assertThat(upkeep.verify(OptionalLong.empty())).as(said).isTrue();
    assertThat(lines.get(lines.size() - 1)).contains(" 0 offsets twice, 0 not here: right");
    Path copy = folder.resolve("copy");
    upkeep.fetch(copy, OptionalLong.empty());
    Path here = copy.resolve(TABLE);
    assertThat(ExactlyOnceTest.rows(events, TableFiles.latest(here).all().toList(), count, said))
        .as(said)
        .isEqualTo(count);
    assertThat(ExactlyOnceTest.rows(events, ParquetFiles.at(here), count, said))
        .as(said)
        .isEqualTo(count);
    assertThat(lines)
        .as("the job and the upkeep both committed")
        .anyMatch(l -> l.contains(" became "));
    assertThat(lines).anyMatch(line -> line.contains("snapshots expired"));
    // Again: nothing is copied twice; another snapshot wants another folder.
    lines.clear();
    upkeep.fetch(copy, OptionalLong.empty());
    assertThat(lines).singleElement().asString().endsWith("; 0 files copied (0 bytes)");
    upkeep.expire(OptionalInt.of(1), Optional.empty(), Duration.ZERO, Duration.ofDays(7));
    assertThatThrownBy(() -> upkeep.fetch(copy, OptionalLong.empty()))
        .isInstanceOf(OfflineException.class)
        .hasMessageContaining("of another store or time already; fetch snapshot ")
        .hasMessageContaining("into a new folder");
  }

  @Test
  void shouldLetCommittersFollowEachOther() throws Exception {
    URI root = URI.create("s3://" + TestS3.BUCKET + "/two/offline");
    int committers = 3;
    int commits = 10;
    ExecutorService threads = Executors.newFixedThreadPool(committers);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < committers; i++) {
        int own = i;
        all.add(
            threads.submit(
                () -> {
                  StoreFiles files = FlinkStorePlace.at(root, flink).files(TABLE);
                  TableSnapshots table = new TableSnapshots(files, InstantSource.system());
                  for (int j = 0; j < commits; j++) {
                    String path = "dt=2013-01-01/part-" + own + "-" + j + ".parquet";
                    DataFile file = new DataFile(path, 1, 1, "s", 1, 0, new TreeMap<>());
                    table.commit(
                        before -> Optional.of(Change.append(List.of(file), Map.of("s", "m"))));
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }

    Snapshot last =
        new TableSnapshots(FlinkStorePlace.at(root, flink).files(TABLE), InstantSource.system())
            .latest()
            .orElseThrow();
    assertThat(last.id()).isEqualTo(committers * commits);
    assertThat(last.files()).hasSize(committers * commits);
  }

  @Test
  void shouldKeepWhatAStoreOfFilesPromises() throws Exception {
    URI root = URI.create("s3://" + TestS3.BUCKET + "/rules/offline");
    StoreFiles files = FlinkStorePlace.at(root, flink).files(TABLE);
    byte[] one = "one".getBytes(StandardCharsets.UTF_8);
    byte[] two = "two".getBytes(StandardCharsets.UTF_8);
    String hidden = "dt=2013-01-01/.part-0.parquet.hidden";
    String shown = "dt=2013-01-01/part-0.parquet";

    assertThat(files.list("")).isEmpty();
    assertThat(files.exclusive()).isTrue();
    assertThat(files.create(hidden, one)).isTrue();
    assertThat(files.create(hidden, one)).as("an answer was lost, so it is asked again").isTrue();
    assertThat(files.create(hidden, two)).isFalse();
    files.rename(hidden, shown);
    assertThat(files.exists(hidden)).isFalse();
    assertThat(files.read(shown).orElseThrow()).isEqualTo(one);
    // A rename is a copy here: somebody may be about to delete either.
    assertThat(files.create(hidden, one)).isTrue();
    files.rename(hidden, shown);
    files.rename(shown, hidden);
    assertThat(files.list("dt=2013-01-01"))
        .containsExactlyInAnyOrder("part-0.parquet", ".part-0.parquet.hidden");
    files.delete(hidden);
    files.rename("dt=2013-01-01/none", "dt=2013-01-01/neither");
    assertThat(files.time(shown)).isPresent();
    assertThat(files.time(hidden)).isEmpty();
    assertThat(files.read(hidden)).isEmpty();
    try (Scratch scratch = new Scratch(folder)) {
      assertThat(files.local(shown, scratch)).hasBinaryContent(one);
      assertThatThrownBy(() -> files.local(hidden, scratch))
          .isInstanceOf(NoSuchFileException.class);
    }
    assertThat(folder).isEmptyDirectory();
    files.delete(shown);
    files.delete(shown);
    assertThat(files.exists(shown)).isFalse();
  }

  @Test
  void shouldSayWhatIsWrong() {
    URI none = URI.create("s3://" + TestS3.BUCKET + "/none");
    assertThatThrownBy(() -> maintenance(none, new ArrayList<>()).snapshots())
        .isInstanceOf(OfflineException.class)
        .hasMessage(
            "there is no offline store at s3://lake/none; mend it, or run the job that writes it");
    assertThatThrownBy(() -> FlinkStorePlace.at(URI.create("gs://lake/none"), flink))
        .isInstanceOf(OfflineException.class)
        .hasMessageStartingWith("no file system reaches gs://lake/none: put Flink's plugin for gs")
        .hasMessageContaining("FLINK_PLUGINS_DIR");
    assertThatThrownBy(() -> FlinkStorePlace.at(URI.create("s3://a:b@lake/none"), flink))
        .isInstanceOf(OfflineException.class)
        .hasMessageNotContaining("a:b");
    Configuration wrong = flink.clone();
    wrong.setString("s3.secret-key", "not-the-secret");
    ConditionalPut put =
        S3ConditionalPut.at(none, wrong, Map.of(), InstantSource.system()).orElseThrow();
    assertThatThrownBy(() -> put.put(URI.create(none + "/object"), new byte[] {1}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("s3://lake/none/object could not be put: http://127.0.0.1:")
        .hasMessageEndingWith(" answered 403 SignatureDoesNotMatch")
        .hasMessageNotContaining("not-the-secret");
  }

  private static StoreMaintenance maintenance(URI root, List<String> lines) {
    return new StoreMaintenance(
        FlinkStorePlace.at(root, flink),
        Optional.empty(),
        new MaintenanceReporter(false, lines::add),
        InstantSource.system());
  }

  private static void awaitRows(Process job, DrillProcess drill, StoreFiles table, long rows)
      throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    TableSnapshots snapshots = new TableSnapshots(table, InstantSource.system());
    while (snapshots.latest().map(Snapshot::rows).orElse(0L) < rows) {
      assertThat(job.waitFor(STEP_MS, TimeUnit.MILLISECONDS))
          .as(() -> "seed %d: the job ended by itself: %s".formatted(SEED, drill.log()))
          .isFalse();
      assertThat(System.nanoTime()).as(drill::log).isLessThan(end);
    }
  }
}
