package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListFilesTest {
  private static final RowSchema LISTS =
      new RowSchema(
          "lists",
          List.of(
              Field.nullable("ids", ValueType.INT64_LIST),
              Field.nullable("vector", ValueType.FLOAT64_LIST),
              Field.nullable("words", ValueType.STRING_LIST),
              Field.nullable("shares", ValueType.FLOAT64_MAP),
              Field.nullable("n", ValueType.INT64)));
  private static final OfflineTable<Values> TABLE =
      OfflineTables.of("lists", "lists", LISTS, row -> 0, row -> row);

  @TempDir Path folder;

  @Test
  void hyparquetReadsOurListsAndMaps() throws Exception {
    Path file = folder.resolve("lists.parquet");
    try (ParquetRowWriter<Values> writer = ParquetRowWriter.open(TABLE, file)) {
      writer.write(
          Values.of(
              List.of(1L << 62, -1L),
              List.of(Double.NaN, -0.0, 0.1),
              List.of("Zürich", "", "𝄞"),
              Map.of("a", 0.25, "é𝄞", -0.0),
              7));
      writer.write(Values.of(List.of(), List.of(), List.of(), Map.of(), null));
      writer.write(new Values(5));
      writer.write(Values.of(List.of(2L), null, List.of("x"), null, 9));
    }

    assertThat(
            new Hyparquet(folder.resolve("reader"))
                .run("rows.mjs", file.toString(), "ids", "vector", "words", "shares", "n")
                .lines())
        .containsExactly(
            "[[\"4611686018427387904\",\"-1\"],[\"NaN\",\"-0\",\"0.1\"],[\"Zürich\",\"\",\"𝄞\"],"
                + "{\"a\":\"0.25\",\"é𝄞\":\"-0\"},\"7\"]",
            "[[],[],[],{},null]",
            "[null,null,null,null,null]",
            "[[\"2\"],null,[\"x\"],null,\"9\"]");
  }
}
