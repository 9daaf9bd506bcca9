package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.FeatureParity;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.loop.ParityReport.ReasonCount;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.TestParquet;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParityTableTest {
  private static final long AT_MS = 1_700_000_000_000L;

  @TempDir Path root;

  @Test
  void shouldHoldEachRoundOnceAndKnowTheLast() {
    assertThat(table().last()).isEmpty();

    assertThat(table().append(report(1, 0, 500))).isTrue();
    assertThat(table().append(report(2, 500, 900))).isTrue();
    assertThat(table().append(report(2, 500, 900))).as("the same again").isFalse();
    assertThat(table().append(report(1, 0, 500))).as("an earlier one again").isFalse();

    assertThat(table().last()).hasValue(new ParityTable.Last(2, 900));
    String files = "'" + root + "/parity/delay_v1/dt=*/*.parquet'";
    assertThat(
            TestParquet.read(
                "SELECT round, predictions, compared, equal, mismatched, skipped FROM "
                    + files
                    + " WHERE kind = 'ROUND' ORDER BY round"))
        .containsExactly(
            List.of("1", "10", "8", "7", "1", "2"), List.of("2", "10", "8", "7", "1", "2"));
    assertThat(
            TestParquet.read(
                "SELECT name, key, served, recomputed, reason, evidence FROM "
                    + files
                    + " WHERE kind = 'VALUE' AND round = 2"))
        .containsExactly(List.of("late", "UA", "1", "2", "LATE_EVENT", "arrived-0@7 came late"));
  }

  private ParityTable table() {
    return new ParityTable(new OfflineStore(root), "delay_v1", InstantSource.system());
  }

  private static ParityReport report(long round, long afterMs, long untilMs) {
    return new ParityReport(
        "delay_v1",
        round,
        afterMs,
        untilMs,
        AT_MS,
        10,
        8,
        7,
        1,
        2,
        "hash",
        List.of(new ReasonCount(Reason.LATE_EVENT, 1)),
        List.of(new FeatureParity("late", 8, 0, 1)),
        List.of(
            new Mismatch(
                "scheduled-0@1",
                "1",
                400,
                "delay",
                1,
                Reason.LATE_EVENT,
                "arrived-0@7 came late",
                List.of(new DifferentValue("late", "UA", Optional.of("1"), Optional.of("2"))))),
        List.of());
  }
}
