package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Values;
import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.parquet.OutputColumn.Kind;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfflineProfileCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path store;

  @BeforeEach
  void writeAView() throws IOException {
    Path day = Files.createDirectories(store.resolve("features/tail/v1/dt=2008-03-09"));
    List<OutputColumn> columns =
        List.of(new OutputColumn("tail_num", Kind.STRING), new OutputColumn("late", Kind.INT64));
    try (ValuesWriter file = ValuesWriter.create(columns, day.resolve("part-0.parquet"))) {
      for (int i = 0; i < 160; i++) {
        file.write(Values.of("N" + i % 2, i % 4 == 3 ? null : i), new Values(0));
      }
    }
  }

  @Test
  void shouldPrintALineForEachColumn() {
    assertThat(run("offline", "--store", store.toString(), "profile", "tail"))
        .as("%s", err)
        .isZero();

    assertThat(out.toString().lines())
        .hasSize(4)
        .startsWith("tail_v1: 160 rows")
        .anyMatch(line -> line.matches("  tail_num +0.0 % null +~2 distinct  N0 50.0 %, N1 50.0 %"))
        .anyMatch(
            line ->
                line.matches(
                    "  late +25.0 % null +~1\\d\\d distinct  0 < [\\d.]+ < [\\d.]+ < [\\d.]+ < 158"
                        + "  \\|[▁▂▃▄▅▆▇█]{16}\\|"));
  }

  @Test
  void shouldPrintJsonAndSayWhatThereIs() throws IOException {
    assertThat(run("offline", "--store", store.toString(), "profile", "tail", "--json"))
        .as("%s", err)
        .isZero();
    JsonNode profile = new ObjectMapper().readTree(out.toString());
    assertThat(profile.at("/columns/1/nulls").intValue()).isEqualTo(40);

    assertThat(run("offline", "--store", store.toString(), "profile", "tial")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "millrace: there is no table or view tial in the store; there are [tail_v1]"
                + System.lineSeparator());
  }

  @Test
  void shouldWriteTheAnswerOfAQueryToParquet() {
    Path file = store.resolve("answer.parquet");
    assertThat(
            run(
                "sql",
                "--store",
                store.toString(),
                "--parquet",
                file.toString(),
                "select tail_num, count(*) n from tail_v1 group by 1"))
        .as("%s", err)
        .isZero();
    assertThat(out.toString().strip()).isEqualTo(file + ": 2 rows");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.rows()).isEqualTo(2);
    }
    assertThat(
            run(
                "sql",
                "--store",
                store.toString(),
                "--parquet",
                store + "/no/a.parquet",
                "select 1"))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("there is no folder " + store + "/no; make it, or mend the path");
    assertThat(run("sql", "--store", store.toString(), "--csv", "--json", "select 1")).isEqualTo(2);
    assertThat(err.toString()).contains("give one of --csv, --json and --parquet, not several");
  }

  private int run(String... arguments) {
    return Millrace.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }
}
