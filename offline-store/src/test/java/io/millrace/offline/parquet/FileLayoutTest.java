package io.millrace.offline.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestSources;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.OffsetRange;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLayoutTest {
  private static final long SEED = 31;
  private static final int ROWS = 400_000;
  private static final RowSchema RIDES =
      new RowSchema(
          "rides",
          List.of(
              Field.required("seen", ValueType.TIMESTAMP),
              Field.required("who", ValueType.STRING),
              Field.required("random", ValueType.INT64),
              Field.nullable("price", ValueType.FLOAT64)));
  private static final EventSource SOURCE =
      TestSources.source("rides", RIDES, "seen", TestSources.sorted(Path.of("unused")));

  @TempDir Path root;

  @Test
  void shouldWriteWhatReadersSkipBy() throws Exception {
    Path file = root.resolve("rides.parquet");
    Random random = new Random(SEED);
    try (var writer = ParquetRowWriter.open(OfflineTables.events(SOURCE), file)) {
      for (int i = 0; i < ROWS; i++) {
        Values values = Values.of(1_000L + i, "driver-" + i % 100, random.nextLong(), i / 7.0);
        writer.write(
            new Known<>(
                new Event("rides", 1_000L + i, new Position("rides", i % 3, i / 3), values), i));
      }
    }

    try (ParquetFileReader reader =
        ParquetFileReader.open(
            new LocalInputFile(file),
            ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
      List<BlockMetaData> groups = reader.getFooter().getBlocks();
      assertThat(groups).as("row groups of 16 MB").hasSizeBetween(1, 3);
      for (BlockMetaData group : groups) {
        assertThat(group.getTotalByteSize()).isLessThan(24L << 20);
        for (ColumnChunkMetaData column : group.getColumns()) {
          String name = column.getPath().toDotString();
          assertThat(column.getCodec()).as(name).isEqualTo(CompressionCodecName.ZSTD);
          assertThat(column.getStatistics().isEmpty()).as(name).isFalse();
          assertThat(column.getStatistics().getNumNulls()).as(name).isNotNegative();
          assertThat(reader.readColumnIndex(column)).as(name).isNotNull();
          assertThat(reader.readColumnIndex(column).getMinValues())
              .as("pages of %s", name)
              .hasSameSizeAs(reader.readColumnIndex(column).getMaxValues());
          assertThat(reader.readOffsetIndex(column).getPageCount())
              .as("pages of %s", name)
              .isGreaterThan(1);
        }
        assertThat(column(group, "who").hasDictionaryPage()).isTrue();
        assertThat(column(group, "source_partition").hasDictionaryPage()).isTrue();
        assertThat(column(group, "price").hasDictionaryPage()).isFalse();
      }
    }
    DataFile described = DataFiles.describe("dt=1970-01-01/rides.parquet", file).file();
    assertThat(described.rows()).isEqualTo(ROWS);
    assertThat(described.minTimeMs()).isEqualTo(1_000);
    assertThat(described.maxTimeMs()).isEqualTo(999L + ROWS);
    assertThat(described.offsets())
        .containsEntry(0, new OffsetRange(0, 133_333, 133_334))
        .containsEntry(2, new OffsetRange(0, 133_332, 133_333))
        .hasSize(3);
  }

  private static ColumnChunkMetaData column(BlockMetaData group, String name) {
    return group.getColumns().stream()
        .filter(column -> column.getPath().toDotString().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
