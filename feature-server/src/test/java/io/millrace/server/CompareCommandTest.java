package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Values;
import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.parquet.OutputColumn.Kind;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code compare}, as a user meets it who runs a new version beside the old. */
class CompareCommandTest {
  private static final long START = Instant.parse("2008-03-09T00:00:00Z").toEpochMilli();

  @TempDir Path store;
  private String printed;

  /** A hundred rows of each version; every tenth of the second differs. */
  @BeforeEach
  void writeTwoVersions() throws IOException {
    for (int version = 1; version <= 2; version++) {
      Path day = store.resolve("features/tail/v" + version + "/dt=2008-03-09");
      List<OutputColumn> columns =
          List.of(
              new OutputColumn("tail_num", Kind.STRING),
              new OutputColumn("as_of", Kind.MILLIS),
              new OutputColumn("last_event_time", Kind.MILLIS),
              new OutputColumn("sequence", Kind.INT64),
              new OutputColumn("knowledge_time", Kind.MILLIS),
              new OutputColumn("late", Kind.INT64));
      Files.createDirectories(day);
      try (ValuesWriter file = ValuesWriter.create(columns, day.resolve("part-0.parquet"))) {
        for (int i = 0; i < 100; i++) {
          Instant at = Instant.ofEpochMilli(START + i * 60_000L);
          long late = version == 2 && i % 10 == 0 ? i + 1 : i;
          file.write(Values.of("N" + i % 4, at, at, 1L, at, late), new Values(0));
        }
      }
    }
  }

  @Test
  void shouldTellWhatDiffersAndFailAboveAShare() {
    assertThat(compare("1,2")).as(printed).isZero();
    assertThat(printed)
        .contains("tail version 1 against version 2: 100 keys as of an instant, 90 equal in all")
        .containsPattern("late +10 differ");
    assertThat(compare("1,2", "--fail-above", "0.2")).isZero();
    assertThat(compare("1,2", "--fail-above", "0.05")).isEqualTo(1);
    assertThat(compare("1,2", "--since", "2008-03-09T01:00:00Z")).isZero();
    assertThat(printed).contains("40 keys as of an instant, 36 equal");
  }

  @Test
  void shouldSayWhatIsWrong() {
    assertThat(compare("1,3")).isEqualTo(1);
    assertThat(printed).contains("version 3 of tail has no rows in the store; there are [tail_v1,");
    assertThat(compare("1,1")).isEqualTo(2);
    assertThat(printed).contains("--versions names two versions, such as 1,2, but it is [1, 1]");
    assertThat(compare("1,2", "--fail-above", "5")).isEqualTo(2);
    assertThat(printed).contains("--fail-above is a share from 0 to 1, such as 0.001, but it is 5");
  }

  private int compare(String versions, String... options) {
    List<String> arguments = new ArrayList<>(List.of("compare", "--store", store.toString()));
    arguments.addAll(List.of("--view", "tail", "--versions", versions));
    arguments.addAll(List.of(options));
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out, true);
    int status = Millrace.run(writer, writer, arguments.toArray(String[]::new));
    printed = out.toString();
    return status;
  }
}
