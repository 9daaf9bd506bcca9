package io.millrace.jobs.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.Expiry;
import io.millrace.offline.maintenance.Verification;
import io.millrace.offline.maintenance.VerificationReport;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes is killed at random, begun again from its last checkpoint, and killed
 * again; meanwhile its files are compacted and old snapshots expire. In the end every row must be
 * there once, as it was sent.
 */
class ExactlyOnceTest {
  private static final long SEED = 20_261_121;
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int STEP_MS = 20;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private int kills;
  private int compacted;

  @Test
  void shouldWriteEveryRowOnceThoughKilledFiveTimes() throws Exception {
    run(100_000, 5, 8_000, 2);
  }

  @Test
  @Tag("drill")
  void shouldWriteFiveMillionRowsOnceThoughKilledThirtyTimes() throws Exception {
    run(5_000_000, 30, 60_000, 4);
  }

  private void run(long count, int killings, int perSecond, int killsACompaction) throws Exception {
    DrillEvents events = new DrillEvents(count);
    Path table = new OfflineStore(store()).folder(OfflineTables.events(events.source()));
    while (kills < killings) {
      Process job = start(count, perSecond);
      try {
        if (kills % killsACompaction == killsACompaction - 1) {
          compact(table);
        }
        // Mostly with new snapshots, sometimes before there is one.
        if (random.nextInt(5) > 0) {
          awaitCommits(job, table, 2 + random.nextInt(2));
        }
        assertThat(job.waitFor(random.nextInt(600), TimeUnit.MILLISECONDS))
            .as("seed %d: the job ended before kill %d, see %s", SEED, kills + 1, log())
            .isFalse();
      } finally {
        kills++;
        job.destroyForcibly().waitFor();
      }
    }
    Process last = start(count, Integer.MAX_VALUE);
    try {
      assertThat(last.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
          .as(() -> "the job's log: " + log())
          .isTrue();
      assertThat(last.exitValue()).as(() -> "the job's log: " + log()).isZero();
    } finally {
      last.destroyForcibly().waitFor();
    }

    String drill = "seed %d, %d kills, %d rounds of compaction".formatted(SEED, kills, compacted);
    assertThat(compacted).isPositive();
    assertThat(rows(events, TableFiles.latest(table).all().toList(), count, drill))
        .as(drill)
        .isEqualTo(count);
    assertThat(rows(events, ParquetFiles.at(table), count, drill + ", by a list of the folder"))
        .as(drill)
        .isEqualTo(count);
    VerificationReport report = new Verification(table, "t").run(OptionalLong.empty());
    assertThat(report.problems()).as(drill).isEmpty();
    assertThat(report.rows()).as(drill).isEqualTo(count);
    assertThat(report.missing() + report.doubles()).as(drill).isZero();
    assertThat(
            new TableSnapshots(new LocalStoreFiles(table), InstantSource.system())
                .latest()
                .orElseThrow()
                .watermarkMs())
        .isPresent();
  }

  /** Compares every value of every row, and counts them. */
  private static long rows(DrillEvents events, List<Path> files, long count, String drill) {
    RowSchema columns = OfflineTables.eventColumns(events.source());
    int own = events.source().schema().size();
    BitSet seen = new BitSet((int) count);
    for (Path file : files) {
      try (ParquetRowReader reader = ParquetRowReader.open(file)) {
        reader.select(columns.fields().stream().map(field -> field.name()).toList());
        while (reader.next()) {
          Values row = reader.row();
          long number = DrillEvents.numberOf(row.longAt(own + 1), row.longAt(own + 2));
          assertThat(seen.get((int) number))
              .as("%s: %d is there twice, in %s too", drill, number, file)
              .isFalse();
          seen.set((int) number);
          Values sent = events.values(number);
          for (int i = 0; i < own; i++) {
            var type = columns.field(i).type();
            if (!Objects.equals(row.boxedAt(i, type), sent.boxedAt(i, type))) {
              assertThat(row.boxedAt(i, type))
                  .as("%s: %s of %d", drill, columns.field(i).name(), number)
                  .isEqualTo(sent.boxedAt(i, type));
            }
          }
          long knownMs = row.longAt(own);
          if (knownMs != events.map(number).knownAtMs()) {
            assertThat(knownMs).as(drill).isEqualTo(events.map(number).knownAtMs());
          }
        }
      }
    }
    return seen.cardinality();
  }

  private void compact(Path table) {
    if (!Files.isDirectory(table)) {
      return;
    }
    InstantSource clock = InstantSource.system();
    new Compaction(table, "t", CompactionOptions.defaults().with(16 << 20), clock)
        .run(line -> compacted++);
    // Nobody reads: what was replaced is gone when the job commits it again.
    new Expiry(table, "t", clock).run(OptionalInt.of(2), Optional.empty(), Duration.ZERO);
  }

  private Process start(long count, int perSecond) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx640m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dlog4j2.level=WARN",
            "-cp",
            classPath,
            DrillJob.class.getName(),
            store().toString(),
            checkpoints().toString(),
            lastCheckpoint().map(path -> path.toUri().toString()).orElse(""),
            Long.toString(count),
            Integer.toString(perSecond),
            Long.toString(random.nextLong()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private void awaitCommits(Process job, Path table, int commits) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    long before = snapshots(table);
    while (snapshots(table) < before + commits) {
      assertThat(job.waitFor(STEP_MS, TimeUnit.MILLISECONDS))
          .as("seed %d: the job ended by itself after %d kills, see %s", SEED, kills, log())
          .isFalse();
      assertThat(System.nanoTime()).as("no snapshot within %s", LIMIT).isLessThan(end);
    }
  }

  private static long snapshots(Path table) {
    SortedMap<Long, String> ids =
        new TableSnapshots(new LocalStoreFiles(table), InstantSource.system()).ids();
    return ids.isEmpty() ? 0 : ids.lastKey();
  }

  /** The newest complete one of all starts. */
  private Optional<Path> lastCheckpoint() throws IOException {
    if (!Files.isDirectory(checkpoints())) {
      return Optional.empty();
    }
    while (true) {
      try (Stream<Path> files = Files.walk(checkpoints(), 3)) {
        return files
            .filter(file -> file.endsWith("_metadata"))
            .map(file -> new Checkpoint(file.getParent(), file.toFile().lastModified()))
            .max(Comparator.comparingLong(Checkpoint::atMs).thenComparingInt(Checkpoint::number))
            .map(Checkpoint::folder);
      } catch (UncheckedIOException e) {
        // One was deleted while the folder was walked; the job keeps the newest.
      }
    }
  }

  private record Checkpoint(Path folder, long atMs) {
    int number() {
      return Integer.parseInt(folder.getFileName().toString().substring("chk-".length()));
    }
  }

  private Path store() {
    return folder.resolve("store");
  }

  private Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  private String log() {
    try {
      String text = Files.readString(folder.resolve("log"));
      return text.substring(Math.max(0, text.length() - 4_000));
    } catch (IOException e) {
      return "no log: " + e;
    }
  }
}
