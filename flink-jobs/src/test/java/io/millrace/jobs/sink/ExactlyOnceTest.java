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
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int STEP_MS = 20;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private DrillProcess drill;
  private int kills;
  private int compacted;

  @Test
  void shouldWriteEveryRowOnceThoughKilledFiveTimes() throws Exception {
    run(100_000, 5, 10_000, 2);
  }

  @Test
  @Tag("drill")
  void shouldWriteFiveMillionRowsOnceThoughKilledThirtyTimes() throws Exception {
    run(5_000_000, 30, 60_000, 4);
  }

  private void run(long count, int killings, int perSecond, int killsACompaction) throws Exception {
    drill = new DrillProcess(folder, store().toUri(), Map.of());
    DrillEvents events = new DrillEvents(count);
    Path table = new OfflineStore(store()).folder(OfflineTables.events(events.source()));
    while (kills < killings) {
      // Two subtasks; of all events nine in ten at most before the last kill.
      Process job = start(count, perSecond, count * 9 / 10 / killings / 2);
      try {
        if (kills % killsACompaction == killsACompaction - 1) {
          compact(table);
        }
        // Mostly with more rows in a snapshot, sometimes before it has begun.
        if (random.nextInt(5) > 0) {
          awaitRows(job, table, count * 6 / 10 / killings);
        }
        assertThat(job.waitFor(random.nextInt(600), TimeUnit.MILLISECONDS))
            .as("seed %d: the job ended before kill %d, see %s", SEED, kills + 1, log())
            .isFalse();
      } finally {
        kills++;
        job.destroyForcibly().waitFor();
      }
    }
    Process last = start(count, Integer.MAX_VALUE, Long.MAX_VALUE);
    try {
      assertThat(last.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
          .as(() -> "the job's log: " + log())
          .isTrue();
      assertThat(last.exitValue()).as(() -> "the job's log: " + log()).isZero();
    } finally {
      last.destroyForcibly().waitFor();
    }

    String as = "seed %d, %d kills, %d rounds of compaction".formatted(SEED, kills, compacted);
    assertThat(compacted).isPositive();
    assertThat(rows(events, TableFiles.latest(table).all().toList(), count, as))
        .as(as)
        .isEqualTo(count);
    assertThat(rows(events, ParquetFiles.at(table), count, as + ", by a list of the folder"))
        .as(as)
        .isEqualTo(count);
    VerificationReport report = new Verification(table, "t").run(OptionalLong.empty());
    assertThat(report.problems()).as(as).isEmpty();
    assertThat(report.rows()).as(as).isEqualTo(count);
    assertThat(report.missing() + report.doubles()).as(as).isZero();
    assertThat(
            new TableSnapshots(new LocalStoreFiles(table), InstantSource.system())
                .latest()
                .orElseThrow()
                .watermarkMs())
        .isPresent();
  }

  /** Compares every value of every row, and counts them. */
  static long rows(DrillEvents events, List<Path> files, long count, String as) {
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
              .as("%s: %d is there twice, in %s too", as, number, file)
              .isFalse();
          seen.set((int) number);
          Values sent = events.values(number);
          for (int i = 0; i < own; i++) {
            var type = columns.field(i).type();
            if (!Objects.equals(row.boxedAt(i, type), sent.boxedAt(i, type))) {
              assertThat(row.boxedAt(i, type))
                  .as("%s: %s of %d", as, columns.field(i).name(), number)
                  .isEqualTo(sent.boxedAt(i, type));
            }
          }
          long knownMs = row.longAt(own);
          if (knownMs != events.map(number).knownAtMs()) {
            assertThat(knownMs).as(as).isEqualTo(events.map(number).knownAtMs());
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
    new Expiry(table, "t", clock).run(OptionalInt.of(2), Optional.empty(), Duration.ZERO, LIMIT);
  }

  private Process start(long count, int perSecond, long most) throws IOException {
    return drill.start(count, perSecond, random.nextLong(), most);
  }

  private void awaitRows(Process job, Path table, long more) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    long before = rows(table);
    while (rows(table) < before + more) {
      assertThat(job.waitFor(STEP_MS, TimeUnit.MILLISECONDS))
          .as("seed %d: the job ended by itself after %d kills, see %s", SEED, kills, log())
          .isFalse();
      assertThat(System.nanoTime()).as("no more rows within %s", LIMIT).isLessThan(end);
    }
  }

  private static long rows(Path table) {
    return new TableSnapshots(new LocalStoreFiles(table), InstantSource.system())
        .latest()
        .map(Snapshot::rows)
        .orElse(0L);
  }

  private Path store() {
    return folder.resolve("store");
  }

  private String log() {
    return drill.log();
  }
}
