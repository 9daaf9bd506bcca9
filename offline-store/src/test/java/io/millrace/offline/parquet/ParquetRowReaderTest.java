package io.millrace.offline.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.offline.TestParquet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetRowReaderTest {
  @TempDir Path folder;

  @Test
  void shouldReadEveryReadableType() {
    Path file =
        TestParquet.write(
            folder.resolve("types.parquet"),
            """
            select 1::tinyint i8, 2::smallint i16, 3::integer i32, 4::bigint i64, 200::utinyint u8,
              4000000000::uinteger u32, 5::ubigint u64, 1.5::float f32, 2.5::double f64, true b,
              'Ærø|x' s, timestamp '2008-03-09 10:00:00.123456' micros,
              timestamp_ms '2008-03-09 10:00:00.123' millis,
              timestamp_ns '1969-12-31 23:59:59.999999999' nanos,
              timestamptz '2008-03-09 10:00:00+02' zoned, date '2008-03-09' d,
              'a'::enum('a', 'b') e""");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.rows()).isEqualTo(1);
      assertThat(rows.rowNumber()).isEqualTo(-1);
      assertThat(rows.next()).isTrue();
      assertThat(rows.rowNumber()).isZero();
      assertThat(boxed(rows.schema(), rows.row()))
          .containsExactly(
              1L,
              2L,
              3L,
              4L,
              200L,
              4_000_000_000L,
              5L,
              1.5,
              2.5,
              true,
              "Ærø|x",
              ms("2008-03-09T10:00:00.123Z"),
              ms("2008-03-09T10:00:00.123Z"),
              -1L,
              ms("2008-03-09T08:00:00Z"),
              ms("2008-03-09T00:00:00Z"),
              "a");
      assertThat(rows.next()).isFalse();
      assertThat(rows.fileSchema().fields())
          .contains(Field.required("micros", ValueType.TIMESTAMP));
    }
  }

  @Test
  void shouldAgreeWithDuckDbOnRandomRowsWithNullsOverManyRowGroups() {
    Path file =
        TestParquet.write(
            folder.resolve("random.parquet"),
            """
            select case when hash(i, 1) % 5 = 0 then null else hash(i, 2)::varchar end as t,
              case when hash(i, 3) % 7 = 0 then null else (hash(i, 4) % 30)::varchar end as word,
              case when hash(i, 5) % 3 = 0 then null else (hash(i, 6) % 100000)::int end as n,
              case when hash(i, 7) % 3 = 0 then null else (hash(i, 8) % 1000) / 7 end as x
            from range(10000) r(i)""",
            ", row_group_size 2048");
    List<List<Object>> read = new ArrayList<>();
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      while (rows.next()) {
        read.add(boxed(rows.schema(), rows.row()));
      }
    }
    List<List<String>> expected = TestParquet.read("select t, word, n, x from '" + file + "'");
    assertThat(read).hasSize(10_000);
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.get(i).stream().map(v -> v == null ? null : v.toString()).toList())
          .as("row %d", i)
          .isEqualTo(expected.get(i));
    }
  }

  @Test
  void shouldReadTheChosenRowsOfTheChosenGroupsAsIfAllHadBeenRead() {
    Path file =
        TestParquet.write(
            folder.resolve("chosen.parquet"),
            """
            select i::bigint as n,
              case when hash(i, 1) % 5 = 0 then null else hash(i, 2)::varchar end as t,
              case when hash(i, 3) % 7 = 0 then null else (hash(i, 4) % 30)::varchar end as word,
              case when hash(i, 5) % 3 = 0 then null else (hash(i, 6) % 1000) / 7 end as x,
              case when hash(i, 7) % 3 = 0 then null else range((hash(i, 8) % 4)::bigint) end as l
            from range(10000) r(i)""",
            ", row_group_size 2048");
    List<List<Object>> expected = new ArrayList<>();
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      while (rows.next()) {
        if (rows.rowNumber() / 2048 % 2 == 1 && rows.row().longAt(0) % 3 == 1) {
          expected.add(withNumber(rows));
        }
      }
    }
    List<Integer> asked = new ArrayList<>();
    List<List<Object>> read = new ArrayList<>();
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      rows.choose(
          "n",
          new RowChoice() {
            @Override
            public boolean hasGroup(int group, int groups) {
              assertThat(groups).isEqualTo(5);
              return group % 2 == 1;
            }

            @Override
            public boolean hasRow(int group, int groups, long number) {
              asked.add(group);
              return number % 3 == 1;
            }
          });
      while (rows.next()) {
        read.add(withNumber(rows));
      }
    }
    assertThat(read).isEqualTo(expected).hasSizeGreaterThan(1_000);
    assertThat(asked).as("rows of groups 1 and 3").hasSize(2 * 2048).containsOnly(1, 3);
  }

  private static List<Object> withNumber(ParquetRowReader rows) {
    List<Object> all = boxed(rows.schema(), rows.row());
    all.add(rows.rowNumber());
    return all;
  }

  @Test
  void shouldReadOnlyTheSelectedColumnsInTheirOrder() {
    Path file =
        TestParquet.write(
            folder.resolve("some.parquet"), "select 1 a, 'x' b, {'c': 2.5, 'd': {'e': true}} g");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      rows.select(List.of("g.d.e", "a"));
      assertThat(rows.next()).isTrue();
      assertThat(boxed(rows.schema(), rows.row())).containsExactly(true, 1L);
      assertThatIllegalStateException()
          .isThrownBy(() -> rows.select(List.of("a")))
          .withMessageContaining("after the first row");
    }
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> rows.select(List.of("z")))
          .withMessageContaining("some.parquet has no field z; it has ");
    }
  }

  @Test
  void shouldTellWhichColumnsAreNotReadable() {
    Path file =
        TestParquet.write(
            folder.resolve("odd.parquet"),
            """
            select 1 a, [true] l, [[1]] ll, [{'x': 1}] lx, [date '2020-01-01'] ld,
              map {1: 2.5} mi, map {'a': 'b'} ms, 1.5::decimal(9, 2) m, '\\x00'::blob y""");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.fileSchema().fields()).extracting(Field::name).containsExactly("a");
      assertThat(rows.unreadable())
          .containsEntry("l", "a list of what makes no INT64, FLOAT64 or STRING")
          .containsEntry("ll", "a list of what makes no INT64, FLOAT64 or STRING")
          .containsEntry("lx", "a list of what makes no INT64, FLOAT64 or STRING")
          .containsEntry("ld", "a list of what makes no INT64, FLOAT64 or STRING")
          .containsEntry("mi", "a map of what is not STRING to FLOAT64")
          .containsEntry("ms", "a map of what is not STRING to FLOAT64")
          .containsEntry("m", "INT32 as DECIMAL(9,2)")
          .containsEntry("y", "BINARY");
    }
  }

  @Test
  void shouldRefuseAnUnsignedNumberThatDoesNotFit() {
    Path file =
        TestParquet.write(folder.resolve("big.parquet"), "select 18446744073709551615::ubigint u");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThatExceptionOfType(OfflineException.class)
          .isThrownBy(rows::next)
          .withMessageContaining("big.parquet")
          .withMessageContaining("row 0")
          .withMessageContaining("18446744073709551615 does not fit into INT64");
    }
  }

  @Test
  void shouldNameTheFileThatIsMissingOrNoParquet() throws IOException {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> ParquetRowReader.open(folder.resolve("none.parquet")))
        .withMessageContaining("there is no file")
        .withMessageContaining("none.parquet");
    Path text = Files.writeString(folder.resolve("text.parquet"), "a,b,c and more of the same");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> ParquetRowReader.open(text))
        .withMessageContaining("text.parquet is not a whole Parquet file");
    Path empty = Files.createFile(folder.resolve("empty.parquet"));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> ParquetRowReader.open(empty))
        .withMessageContaining("empty.parquet is not a whole Parquet file");
  }

  @Test
  void shouldRefuseAFileCutShortAnywhere() throws IOException {
    Path whole =
        TestParquet.write(
            folder.resolve("whole.parquet"), "select i, 'text ' || i t from range(2000) r(i)");
    byte[] bytes = Files.readAllBytes(whole);
    long seed = 20080101;
    Random random = new Random(seed);
    for (int i = 0; i < 100; i++) {
      int length = random.nextInt(bytes.length);
      Path cut = folder.resolve("cut.parquet");
      Files.write(cut, java.util.Arrays.copyOf(bytes, length));
      assertThatExceptionOfType(OfflineException.class)
          .as("seed %d, cut to %d bytes", seed, length)
          .isThrownBy(() -> ParquetRowReader.open(cut).close())
          .withMessageContaining("cut.parquet is not a whole Parquet file")
          .withMessageContaining("copy it again");
    }
  }

  @Test
  void shouldAnswerDamageWithAnErrorOrRowsButNeverWithAnotherException() throws IOException {
    Path whole =
        TestParquet.write(
            folder.resolve("whole.parquet"), "select i, 'text ' || i t from range(2000) r(i)");
    byte[] bytes = Files.readAllBytes(whole);
    long seed = 7;
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      byte[] damaged = bytes.clone();
      int at = random.nextInt(bytes.length - 12);
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Path file = folder.resolve("damaged.parquet");
      Files.write(file, damaged);
      try (ParquetRowReader rows = ParquetRowReader.open(file)) {
        while (rows.next()) {
          assertThat(rows.row()).isNotNull();
        }
      } catch (OfflineException e) {
        assertThat(e).as("seed %d, byte %d", seed, at).hasMessageContaining("damaged.parquet");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  private static long ms(String instant) {
    return Instant.parse(instant).toEpochMilli();
  }

  private static List<Object> boxed(RowSchema schema, Values row) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      all.add(row.boxedAt(i, schema.field(i).type()));
    }
    return all;
  }
}
