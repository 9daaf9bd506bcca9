package io.millrace.offline.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestRows;
import io.millrace.offline.TestSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetRowWriterTest {
  private static final RowSchema ALL_TYPES =
      new RowSchema(
          "all_types",
          List.of(
              Field.required("t", ValueType.TIMESTAMP),
              Field.required("i", ValueType.INT64),
              Field.required("f", ValueType.FLOAT64),
              Field.required("s", ValueType.STRING),
              Field.required("b", ValueType.BOOL),
              Field.nullable("t0", ValueType.TIMESTAMP),
              Field.nullable("i0", ValueType.INT64),
              Field.nullable("f0", ValueType.FLOAT64),
              Field.nullable("s0", ValueType.STRING),
              Field.nullable("b0", ValueType.BOOL)));
  private static final EventSource SOURCE =
      TestSources.source("all_types", ALL_TYPES, "t", TestSources.sorted(Path.of("unused")));
  private static final OfflineTable<Known<Event>> TABLE = OfflineTables.events(SOURCE);

  @TempDir Path root;

  @Test
  void shouldReadBackWhatItWroteToTheBit() throws IOException {
    long seed = 11;
    List<Known<Event>> rows = randomRows(seed, 5000);
    Path file = root.resolve("some/folders/rows.parquet");
    write(file, rows);
    List<Values> read = new ArrayList<>();
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      assertThat(reader.schema().fields()).isEqualTo(OfflineTables.eventColumns(SOURCE).fields());
      while (reader.next()) {
        read.add(TestRows.copy(reader.row()));
      }
    }
    assertThat(read).hasSize(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertThat(read.get(i)).as("seed %d, row %d", seed, i).isEqualTo(expected(rows.get(i)));
    }
  }

  @Test
  void shouldBeReadByDuckDbAlike() throws IOException {
    List<Known<Event>> rows = randomRows(12, 3000);
    Path file = root.resolve("rows.parquet");
    write(file, rows);
    List<List<String>> read =
        TestParquet.read(
            "select epoch_ms(t), i, f, s, b, epoch_ms(t0), i0, f0, s0, b0,"
                + " epoch_ms(knowledge_time), source_partition, source_offset from '"
                + file
                + "'");
    RowSchema columns = OfflineTables.eventColumns(SOURCE);
    for (int i = 0; i < rows.size(); i++) {
      List<String> values =
          TestRows.boxed(columns, expected(rows.get(i))).stream()
              .map(v -> v == null ? null : v.toString())
              .toList();
      for (int c = 0; c < values.size(); c++) {
        if (columns.field(c).type() == ValueType.FLOAT64 && values.get(c) != null) {
          assertThat(Double.valueOf(read.get(i).get(c).replace("nan", "NaN")))
              .as("row %d", i)
              .isEqualTo(Double.valueOf(values.get(c)));
        } else {
          assertThat(read.get(i).get(c)).as("row %d, column %d", i, c).isEqualTo(values.get(c));
        }
      }
    }
  }

  @Test
  void shouldCompressAndKeepStatisticsDictionariesAndPageIndexes() throws IOException {
    List<Known<Event>> rows = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      Values values =
          Values.of((long) i, i % 100, i / 3.0, "w" + i % 50, true, null, null, null, null, null);
      rows.add(new Known<>(new Event("all_types", i, new Position("x", 0, i), values), 1));
    }
    Path file = root.resolve("rows.parquet");
    write(file, rows);
    assertThat(
            TestParquet.read("select distinct compression from parquet_metadata('" + file + "')"))
        .containsExactly(List.of("ZSTD"));
    assertThat(
            TestParquet.read(
                "select stats_min_value, stats_max_value, encodings from parquet_metadata('"
                    + file
                    + "') where path_in_schema = 'i'"))
        .allSatisfy(
            column -> {
              assertThat(column.subList(0, 2)).containsExactly("0", "99");
              assertThat(column.get(2)).contains("PLAIN_DICTIONARY");
            });
    assertThat(Files.size(file)).isLessThan(200_000 * 12);
  }

  @Test
  void shouldLeaveASomebodysStreamOpen() throws IOException {
    boolean[] closed = new boolean[1];
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    List<Known<Event>> rows = randomRows(13, 10);
    try (ParquetRowWriter<Known<Event>> writer = ParquetRowWriter.open(TABLE, bytes)) {
      for (Known<Event> row : rows) {
        writer.write(row);
      }
      assertThat(writer.sizeBytes()).isPositive();
    }
    assertThat(closed[0]).isFalse();
    Path file = Files.write(root.resolve("rows"), bytes.toByteArray());
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      assertThat(reader.rows()).isEqualTo(10);
    }
  }

  @Test
  void shouldNotOverwriteAFile() throws IOException {
    Path file = root.resolve("rows.parquet");
    write(file, List.of());
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> write(file, List.of()));
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      assertThat(reader.rows()).isZero();
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void shouldRefuseAFileOfOursCutShortOrChanged() throws IOException {
    Path file = root.resolve("rows.parquet");
    write(file, randomRows(14, 2000));
    byte[] bytes = Files.readAllBytes(file);
    long seed = 15;
    Random random = new Random(seed);
    Path broken = root.resolve("broken.parquet");
    for (int i = 0; i < 50; i++) {
      Files.write(broken, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      assertThatExceptionOfType(OfflineException.class)
          .as("seed %d", seed)
          .isThrownBy(() -> ParquetRowReader.open(broken).close())
          .withMessageContaining("is not a whole Parquet file");
    }
    // Each page has a checksum: a changed byte in the pages is always found.
    int pages = bytes.length / 2;
    for (int i = 0; i < 100; i++) {
      byte[] changed = bytes.clone();
      changed[4 + random.nextInt(pages)] ^= 0x10;
      Files.write(broken, changed);
      assertThatExceptionOfType(OfflineException.class)
          .as("seed %d, round %d", seed, i)
          .isThrownBy(() -> readAll(broken))
          .withMessageContaining("broken.parquet is damaged");
    }
  }

  @Test
  void shouldReadSomeColumnsOfSomeDays() throws IOException {
    OfflineStore store = new OfflineStore(root);
    for (int day = 1; day <= 4; day++) {
      long timeMs = Instant.parse("2008-03-0" + day + "T12:00:00Z").toEpochMilli();
      Values values = Values.of(timeMs, day, 0.5, "d" + day, true, null, null, null, null, null);
      Known<Event> row =
          new Known<>(new Event("all_types", timeMs, new Position("x", 0, day), values), 1);
      write(store.partition(TABLE, row).resolve("part-0"), List.of(row));
    }
    RowSchema columns =
        new RowSchema(
            "some",
            List.of(
                Field.required("s", ValueType.STRING),
                Field.nullable("added_later", ValueType.INT64),
                Field.required("i", ValueType.INT64)));
    List<List<Object>> read = new ArrayList<>();
    try (TableRows rows =
        TableRows.open(
            store.folder(TABLE), columns, LocalDate.of(2008, 3, 2), LocalDate.of(2008, 3, 4))) {
      while (rows.next()) {
        read.add(TestRows.boxed(columns, rows.row()));
      }
    }
    assertThat(read).containsExactly(Arrays.asList("d2", null, 2L), Arrays.asList("d3", null, 3L));
    try (TableRows none = TableRows.open(root.resolve("none"), columns)) {
      assertThat(none.next()).isFalse();
    }
    RowSchema wrong = new RowSchema("wrong", List.of(Field.required("s", ValueType.INT64)));
    try (TableRows rows = TableRows.open(store.folder(TABLE), wrong)) {
      assertThatExceptionOfType(OfflineException.class)
          .isThrownBy(rows::next)
          .withMessageContaining("the column s of ")
          .withMessageContaining("is STRING, but is read as INT64");
    }
    RowSchema lost = new RowSchema("lost", List.of(Field.required("lost", ValueType.INT64)));
    try (TableRows rows = TableRows.open(store.folder(TABLE), lost)) {
      assertThatExceptionOfType(OfflineException.class)
          .isThrownBy(rows::next)
          .withMessageContaining("has no column lost");
    }
  }

  private static void readAll(Path file) {
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      while (reader.next()) {
        assertThat(reader.row()).isNotNull();
      }
    }
  }

  private static void write(Path file, List<Known<Event>> rows) throws IOException {
    try (ParquetRowWriter<Known<Event>> writer = ParquetRowWriter.open(TABLE, file)) {
      for (Known<Event> row : rows) {
        writer.write(row);
      }
    }
  }

  private static List<Known<Event>> randomRows(long seed, int count) {
    Random random = new Random(seed);
    List<Known<Event>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Values values = TestRows.random(ALL_TYPES, random);
      Position position = new Position("x", random.nextInt(64), random.nextLong(1L << 47));
      rows.add(
          new Known<>(
              new Event("all_types", values.longAt(0), position, values),
              random.nextLong(1L << 41)));
    }
    return rows;
  }

  private static Values expected(Known<Event> row) {
    Values values = new Values(ALL_TYPES.size() + 3);
    for (int i = 0; i < ALL_TYPES.size(); i++) {
      values.copyFrom(i, row.value().values(), i);
    }
    values.setLong(ALL_TYPES.size(), row.knowledgeMs());
    values.setLong(ALL_TYPES.size() + 1, row.value().position().partition());
    values.setLong(ALL_TYPES.size() + 2, row.value().position().offset());
    return values;
  }
}
