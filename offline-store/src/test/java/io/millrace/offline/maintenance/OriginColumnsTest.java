package io.millrace.offline.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Entity;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.KnownRow;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestRows;
import io.millrace.offline.duckdb.OfflineQueries;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.parquet.TableRows;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feature rows that were written before they told where their event was read. */
class OriginColumnsTest {
  @TempDir Path root;

  @Test
  void shouldReadFilesOfBeforeThereWereOffsets() throws Exception {
    RowSchema events = new RowSchema("visits", List.of(Field.required("who", ValueType.STRING)));
    OfflineTable<KnownRow> table =
        OfflineTables.features(
            new FeatureView("who", 1, Entity.of("who"), "visits", Optional.empty(), List.of()),
            events,
            new RowSchema("who_v1", List.of(Field.nullable("visits", ValueType.INT64))));
    Path folder = root.resolve(table.folder());
    Path later = folder.resolve("dt=1970-01-01/later.parquet");
    try (ParquetRowWriter<KnownRow> writer = ParquetRowWriter.open(table, later)) {
      writer.write(
          new KnownRow(
              new FeatureRow("who_v1", EntityKey.of("b"), 20, 19, 2, Values.of(7)),
              30,
              OptionalLong.of(new Position("visits", 3, 17).order())));
    }
    RowSchema now;
    try (ParquetRowReader reader = ParquetRowReader.open(later)) {
      now = reader.fileSchema();
    }
    OfflineTable<Values> earlier =
        OfflineTables.of(
            "who_v1",
            table.folder(),
            new RowSchema(
                "who_v1",
                now.fields().stream().filter(f -> !f.name().startsWith("source_")).toList()),
            row -> row.longAt(1),
            row -> row);
    Path before = folder.resolve("dt=1970-01-01/before.parquet");
    try (ParquetRowWriter<Values> writer = ParquetRowWriter.open(earlier, before)) {
      writer.write(Values.of("a", 10L, 9L, 1L, 11L, 5L));
    }

    assertThat(Adoption.run(folder, InstantSource.system())).isEqualTo(2);
    assertThat(new Verification(folder, "who").run(OptionalLong.empty()).problems()).isEmpty();
    new Compaction(folder, "who", CompactionOptions.defaults(), InstantSource.system())
        .run(line -> {});

    List<List<Object>> rows = new ArrayList<>();
    try (TableRows reader = TableRows.open(folder, now)) {
      while (reader.next()) {
        rows.add(TestRows.boxed(now, reader.row()));
      }
    }
    assertThat(rows)
        .containsExactlyInAnyOrder(
            Arrays.asList("a", 10L, 9L, 1L, 11L, null, null, 5L),
            Arrays.asList("b", 20L, 19L, 2L, 30L, 3L, 17L, 7L));
    try (OfflineQueries queries = OfflineQueries.open(new OfflineStore(root), 256)) {
      assertThat(
              queries.query("select who, source_offset, visits from who_v1 order by who", 9).rows())
          .containsExactly(Arrays.asList("a", null, 5L), Arrays.asList("b", 17L, 7L));
    }
  }
}
