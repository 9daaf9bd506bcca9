package io.millrace.offline.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.TestParquet;
import io.millrace.offline.duckdb.ColumnProfile.Common;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableProfileTest {
  @TempDir Path root;
  private OfflineQueries queries;

  @BeforeEach
  void writeAStore() throws IOException {
    table("features/tail/v2", "select 'N1' tail_num");
    table(
        "features/tail/v10",
        "select 'N' || (i % 4) tail_num, case when i % 5 > 0 then i end as \"a \"\"delay\"\"\","
            + " 'nan'::double nothing, i < 25 early, {'x': i / 100.0::double} as vector"
            + " from range(100) t(i)");
    queries = OfflineQueries.open(new OfflineStore(root), 256);
  }

  @AfterEach
  void close() {
    queries.close();
  }

  @Test
  void shouldTellOfTheNewestVersionWhatEachColumnHolds() {
    TableProfile profile = TableProfile.of(queries, "tail");
    assertThat(profile.table()).isEqualTo("tail_v10");
    assertThat(profile.rows()).isEqualTo(100);
    assertThat(profile.columns())
        .extracting(ColumnProfile::name)
        .containsExactly("tail_num", "a \"delay\"", "nothing", "early", "vector.x", "dt");

    ColumnProfile tail = profile.columns().get(0);
    assertThat(tail.nulls()).isZero();
    assertThat(tail.distinct()).isBetween(3L, 5L);
    assertThat(tail.common())
        .containsExactly(new Common("N0", 25), new Common("N1", 25), new Common("N2", 25));
    assertThat(tail.sparkline()).isEmpty();

    ColumnProfile delay = profile.columns().get(1);
    assertThat(delay.nulls()).isEqualTo(20);
    assertThat(delay.quantiles()).hasSize(5).isSorted().startsWith(1.0).endsWith(99.0);
    assertThat(delay.quantiles().get(2)).isBetween(47.0, 53.0);
    assertThat(delay.bars()).hasSize(16).allMatch(bar -> bar > 0);
    assertThat(delay.bars().stream().mapToLong(Long::longValue).sum()).isEqualTo(80);
    assertThat(delay.sparkline()).hasSize(16).doesNotContain(" ");

    assertThat(profile.columns().get(2).quantiles()).as("of NaN alone").isEmpty();
    assertThat(profile.columns().get(3).common())
        .containsExactly(new Common("false", 75), new Common("true", 25));
    assertThat(profile.columns().get(4).quantiles()).startsWith(0.0).endsWith(0.99);
  }

  @Test
  void shouldTellTheSpanOfTimes() throws IOException {
    table(
        "events/seen",
        "select timestamptz '2008-03-09 00:00:00Z' + to_minutes(i) seen_at from range(100) t(i)");
    try (OfflineQueries more = OfflineQueries.open(new OfflineStore(root), 256)) {
      ColumnProfile at = TableProfile.of(more, "seen").columns().get(0);
      double first = Instant.parse("2008-03-09T00:00:00Z").toEpochMilli();
      assertThat(at.isOfTimes()).isTrue();
      assertThat(at.quantiles())
          .hasSize(5)
          .isSorted()
          .startsWith(first)
          .endsWith(first + 99 * 60e3);
      assertThat(at.bars().stream().mapToLong(Long::longValue).sum()).isEqualTo(100);
    }
  }

  @Test
  void shouldNameWhatThereIsWhenThereIsNoSuchView() {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> TableProfile.of(queries, "tai"))
        .withMessage("there is no table or view tai in the store; there are [tail_v10, tail_v2]");
  }

  @Test
  void shouldWriteAnAnswerToParquetWholeOrNotAtAll() throws IOException {
    Path file = root.resolve("answer.parquet");
    long rows =
        queries.write(
            "select tail_num, count(*) n, timestamptz '2008-03-09 01:00:00.000007+01' t,"
                + " date '1969-12-31' d, null::double x, 1.50::decimal(3, 2) p, [1, 2] l"
                + " from tail_v10 group by 1 order by 1 limit 2",
            file);
    assertThat(rows).isEqualTo(2);
    assertThat(TestParquet.read("select tail_num, n, epoch_us(t), d, x, p, l from '" + file + "'"))
        .extracting(List::toString)
        .containsExactly(
            "[N0, 25, 1205020800000007, 1969-12-31, null, 1.50, [1, 2]]",
            "[N1, 25, 1205020800000007, 1969-12-31, null, 1.50, [1, 2]]");

    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> queries.write("select 1", file))
        .withMessageContaining("answer.parquet exists; choose another name, or remove it");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () ->
                queries.write(
                    "select case when i = 9999 then error('late') else i end"
                        + " from range(10000) t(i)",
                    root.resolve("half.parquet")))
        .withMessageContaining("late");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () ->
                queries.write("select 1", root.resolve("features/tail/v2/dt=2008-03-09/x.parquet")))
        .withMessageContaining("would lie among the files of the table at ");
    assertThat(root).isDirectoryNotContaining("glob:**/*half*").isDirectoryContaining("glob:**/a*");
  }

  private void table(String folder, String query) throws IOException {
    Path day = Files.createDirectories(root.resolve(folder).resolve("dt=2008-03-09"));
    TestParquet.write(day.resolve("part-0.parquet"), query);
  }
}
