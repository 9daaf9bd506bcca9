package io.millrace.offline.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.TestParquet;
import io.millrace.offline.duckdb.VersionComparison.FeatureComparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionComparisonTest {
  private static final String HEAD =
      "select 'N' || (i %% 4) tail_num, '2008-03-09 00:00:00Z'::timestamptz + to_minutes(i) as_of,"
          + " null::timestamptz last_event_time, 1::bigint sequence, now() knowledge_time, %s"
          + " from range(%d) t(i)";

  @TempDir Path root;

  @Test
  void shouldTellByFeatureHowFarApartTheVersionsAre() throws IOException {
    table(1, HEAD.formatted("i::bigint flights, 1.5 * i mean_delay, 'x' last, 7 gone", 100));
    table(
        2,
        HEAD.formatted(
            "i::double flights, case when i % 10 = 0 then null when i % 2 = 0 then 3.0 * i else"
                + " 1.5 * i end mean_delay, 'x' as last, 8 fresh",
            100));

    VersionComparison found = compare(1_000, Optional.empty());

    assertThat(found.instants()).isEqualTo(100);
    assertThat(found.missing()).isZero();
    assertThat(found.equal()).isEqualTo(50);
    assertThat(found.differing()).isEqualTo(0.5);
    assertThat(found.only()).containsExactly("gone (v1)", "fresh (v2)");
    assertThat(found.features())
        .extracting(FeatureComparison::feature, FeatureComparison::differing)
        .containsExactly(tuple("flights", 0L), tuple("mean_delay", 50L), tuple("last", 0L));
    FeatureComparison delay = found.features().get(1);
    assertThat(delay.nullBefore()).isZero();
    assertThat(delay.nullAfter()).isEqualTo(10);
    assertThat(delay.absolute()).hasSize(4).isSorted().endsWith(147.0);
    assertThat(delay.relative())
        .hasSize(4)
        .allSatisfy(r -> assertThat(r).isCloseTo(0.5, within(1e-12)));
  }

  @Test
  void shouldTakeTheNewestRowOfEachAtInstantsAtWhichOnlyOneMadeARow() throws IOException {
    table(1, HEAD.formatted("i // 8 value", 200));
    // A row at each change only, and one that was corrected.
    table(
        2,
        "select * from ("
            + HEAD.formatted("i // 8 value", 200)
            + ") where epoch_ms(as_of) // 60000 % 8 < 4 union all select * replace (0::bigint as"
            + " sequence, -1 as value) from ("
            + HEAD.formatted("i // 8 value", 200)
            + ") where epoch_ms(as_of) // 60000 % 8 < 4");

    VersionComparison found = compare(1_000, Optional.empty());

    assertThat(found.equal()).isEqualTo(found.instants()).isEqualTo(196);
    assertThat(compare(30, Optional.empty()).instants()).isEqualTo(30);
    assertThat(compare(1_000, Optional.of(Instant.parse("2008-03-09T02:00:00Z"))).instants())
        .isEqualTo(76);
  }

  @Test
  void shouldNameTheVersionsThatThereAre() throws IOException {
    table(1, HEAD.formatted("i value", 10));

    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> compare(10, Optional.empty()))
        .withMessage("version 2 of tail has no rows in the store; there are [tail_v1]");
  }

  private VersionComparison compare(long sample, Optional<Instant> since) {
    return VersionComparison.of(new OfflineStore(root), "tail", 1, 2, sample, since);
  }

  private void table(int version, String query) throws IOException {
    Path day =
        Files.createDirectories(root.resolve("features/tail/v" + version + "/dt=2008-03-09"));
    TestParquet.write(day.resolve("part-0.parquet"), query);
  }
}
