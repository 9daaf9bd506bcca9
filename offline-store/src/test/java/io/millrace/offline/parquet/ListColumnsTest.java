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
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestRows;
import io.millrace.offline.TestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and maps in Parquet files, ours and those of others. */
class ListColumnsTest {
  private static final RowSchema LISTS =
      new RowSchema(
          "lists",
          List.of(
              Field.required("t", ValueType.TIMESTAMP),
              Field.required("ids", ValueType.INT64_LIST),
              Field.nullable("means", ValueType.FLOAT64_LIST),
              Field.nullable("names", ValueType.STRING_LIST),
              Field.required("shares", ValueType.FLOAT64_MAP),
              Field.nullable("ids0", ValueType.INT64_LIST),
              Field.nullable("shares0", ValueType.FLOAT64_MAP),
              Field.nullable("n", ValueType.INT64)));
  private static final EventSource SOURCE =
      TestSources.source("lists", LISTS, "t", TestSources.sorted(Path.of("unused")));
  private static final OfflineTable<Known<Event>> TABLE = OfflineTables.events(SOURCE);
  private static final Values FULL =
      Values.of(
          1000L,
          List.of(1L << 40, -1L),
          List.of(Double.NaN, -0.0, 0.5),
          List.of("Zürich", "", "𝄞"),
          Map.of("a", 0.25, "é𝄞", -0.0),
          List.of(),
          Map.of(),
          7);
  private static final Values NULLS =
      Values.of(2000L, List.of(), null, null, Map.of(), null, null, null);

  @TempDir Path folder;

  @Test
  void shouldReadBackRandomRowsOverManyRowGroups() throws IOException {
    long seed = 21;
    Random random = new Random(seed);
    List<Values> rows = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      rows.add(TestRows.random(LISTS, random));
    }
    Path file = write(rows);
    List<Values> read = read(file, LISTS);
    assertThat(read).hasSize(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertThat(read.get(i)).as("seed %d, row %d", seed, i).isEqualTo(rows.get(i));
    }
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      assertThat(reader.fileSchema().fields())
          .isEqualTo(OfflineTables.eventColumns(SOURCE).fields());
      assertThat(reader.unreadable()).isEmpty();
    }
  }

  @Test
  void shouldTellANullListFromAnEmptyOne() throws IOException {
    assertThat(read(write(List.of(FULL, NULLS, FULL)), LISTS)).containsExactly(FULL, NULLS, FULL);
  }

  @Test
  void shouldWriteTheStandardsThreeLevels() throws IOException {
    Path file = write(List.of(FULL));
    assertThat(
            TestParquet.read(
                "select path_in_schema from parquet_metadata('" + file + "') order by column_id"))
        .extracting(row -> row.get(0).replace(", ", "."))
        .startsWith(
            "t",
            "ids.list.element",
            "means.list.element",
            "names.list.element",
            "shares.key_value.key",
            "shares.key_value.value");
  }

  @Test
  void shouldBeReadByDuckDbAlike() throws IOException {
    Path file = write(List.of(FULL, NULLS));
    assertThat(
            TestParquet.read(
                "select typeof(ids), typeof(means), typeof(names), typeof(shares) from '"
                    + file
                    + "' limit 1"))
        .containsExactly(List.of("BIGINT[]", "DOUBLE[]", "VARCHAR[]", "MAP(VARCHAR, DOUBLE)"));
    assertThat(
            TestParquet.read(
                "select ids::varchar, isnan(means[1]), 1 / means[2] = '-inf', means[3], names[1],"
                    + " length(names[2]), names[3], shares['a'], cardinality(shares), len(ids0),"
                    + " cardinality(shares0), n from '"
                    + file
                    + "'"))
        .containsExactly(
            List.of(
                "[1099511627776, -1]",
                "true",
                "true",
                "0.5",
                "Zürich",
                "0",
                "𝄞",
                "0.25",
                "2",
                "0",
                "0",
                "7"),
            Arrays.asList("[]", null, null, null, null, null, null, null, "0", null, null, null));
  }

  @Test
  void shouldBeReadByParquetAvroAlike() throws IOException {
    Path file = write(List.of(FULL, NULLS));
    try (ParquetReader<GenericRecord> reader =
        AvroParquetReader.<GenericRecord>builder(
                new LocalInputFile(file), new PlainParquetConfiguration())
            .withDataModel(GenericData.get())
            .build()) {
      GenericRecord full = reader.read();
      assertThat(full.get("ids")).isEqualTo(FULL.objectAt(1));
      assertThat(full.get("means")).isEqualTo(FULL.objectAt(2));
      assertThat(full.get("names")).hasToString("[Zürich, , 𝄞]");
      Map<String, Object> shares = new TreeMap<>();
      ((Map<?, ?>) full.get("shares")).forEach((key, value) -> shares.put(key.toString(), value));
      assertThat(shares).isEqualTo(FULL.objectAt(4));
      assertThat((List<?>) full.get("ids0")).isEmpty();
      GenericRecord nulls = reader.read();
      assertThat((List<?>) nulls.get("ids")).isEmpty();
      assertThat(nulls.get("means")).isNull();
      assertThat(nulls.get("shares0")).isNull();
    }
  }

  @Test
  void shouldReadTheListsOfDuckDb() {
    Path file =
        TestParquet.write(
            folder.resolve("duck.parquet"),
            """
            select [1, 2]::int[] i, [3]::uinteger[] u, [1.5]::float[] f, ['a', '𝄞']::varchar[] s,
              map {'b': 2.5::double, 'a': -0.0::double} m, {'v': [0.5::double]} g, 9 n
            union all select [], null, [], null, map {}, {'v': null}, 8
            union all select null, [], null, [], null, null, 7""");
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      rows.select(List.of("n", "g.v", "m", "s", "f", "u", "i"));
      RowSchema schema = rows.schema();
      List<Values> read = new ArrayList<>();
      while (rows.next()) {
        read.add(TestRows.copy(rows.row()));
      }
      assertThat(schema.fields())
          .extracting(Field::type)
          .containsExactly(
              ValueType.INT64,
              ValueType.FLOAT64_LIST,
              ValueType.FLOAT64_MAP,
              ValueType.STRING_LIST,
              ValueType.FLOAT64_LIST,
              ValueType.INT64_LIST,
              ValueType.INT64_LIST);
      assertThat(read)
          .containsExactly(
              Values.of(
                  9,
                  List.of(0.5),
                  Map.of("a", -0.0, "b", 2.5),
                  List.of("a", "𝄞"),
                  List.of(1.5),
                  List.of(3),
                  List.of(1, 2)),
              Values.of(8, null, Map.of(), null, List.of(), null, List.of()),
              Values.of(7, null, null, List.of(), null, List.of(), null));
    }
  }

  @Test
  void shouldNameTheColumnAndThePlaceOfANullItem() {
    Path list =
        TestParquet.write(
            folder.resolve("nulls.parquet"), "select [0.5::double] v union all select [1.0, null]");
    assertDamaged(list, "row 1 cannot be read (v[1] is null, but a list or map holds no nulls)");
    Path map = TestParquet.write(folder.resolve("map.parquet"), "select map {'a': null::double} m");
    assertDamaged(map, "row 0 cannot be read (m[a] is null, but a list or map holds no nulls)");
  }

  @Test
  void shouldRefuseAListThatIsTooLong() {
    Path most = TestParquet.write(folder.resolve("most.parquet"), "select range(65536) v");
    try (ParquetRowReader rows = ParquetRowReader.open(most)) {
      assertThat(rows.next()).isTrue();
      assertThat((List<?>) rows.row().objectAt(0)).hasSize(65_536);
    }
    Path more = TestParquet.write(folder.resolve("more.parquet"), "select range(65537) v");
    assertDamaged(more, "v has more than the 65536 items that a list or map may have");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "required group v (LIST) { repeated group list { optional double element; } }",
        "optional group v (LIST) { repeated group bag { required float array_element; } }",
        "optional group v (LIST) { repeated double array; }",
      })
  void shouldReadTheListsOfOldWriters(String type) throws IOException {
    MessageType message = MessageTypeParser.parseMessageType("message m { " + type + " }");
    Path file = folder.resolve("old.parquet");
    boolean flat = message.getType("v").asGroupType().getType(0).isPrimitive();
    boolean floats = type.contains("float");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(message)
            .build()) {
      Group row = new SimpleGroupFactory(message).newGroup();
      Group list = row.addGroup("v");
      for (double item : new double[] {0.5, -0.0}) {
        Group holder = flat ? list : list.addGroup(0);
        if (floats) {
          holder.add(0, (float) item);
        } else {
          holder.add(0, item);
        }
      }
      writer.write(row);
    }
    RowSchema columns = new RowSchema("old", List.of(Field.nullable("v", ValueType.FLOAT64_LIST)));
    assertThat(read(file, columns)).containsExactly(Values.of(List.of(0.5, -0.0)));
  }

  @Test
  void shouldTakeAGroupOfThePlainNameArrayForTheItemItself() throws IOException {
    MessageType message =
        MessageTypeParser.parseMessageType(
            "message m { optional group v (LIST) { repeated group array { required double x; } }"
                + " required int64 n; }");
    Path file = folder.resolve("items.parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(message)
            .build()) {
      writer.write(new SimpleGroupFactory(message).newGroup().append("n", 3L));
    }
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThat(rows.fileSchema().fields()).extracting(Field::name).containsExactly("n");
      assertThat(rows.unreadable()).containsOnlyKeys("v");
    }
  }

  @Test
  void shouldAnswerDamageWithAnErrorOrRowsButNeverWithAnotherException() throws IOException {
    long seed = 22;
    Random random = new Random(seed);
    List<Values> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(TestRows.random(LISTS, random));
    }
    byte[] bytes = Files.readAllBytes(write(rows));
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] damaged = bytes.clone();
      int at = random.nextInt(bytes.length - 12);
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Path file = Files.write(folder.resolve("damaged.parquet"), damaged);
      try {
        assertThat(read(file, LISTS)).isNotNull();
      } catch (OfflineException e) {
        assertThat(e).as("seed %d, byte %d", seed, at).hasMessageContaining("damaged.parquet");
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(50);
  }

  private static void assertDamaged(Path file, String why) {
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      assertThatExceptionOfType(OfflineException.class)
          .isThrownBy(
              () -> {
                while (rows.next()) {
                  assertThat(rows.row()).isNotNull();
                }
              })
          .withMessageContaining(file + " is damaged")
          .withMessageContaining(why);
    }
  }

  private Path write(List<Values> rows) throws IOException {
    Path file = folder.resolve("rows.parquet");
    try (ParquetRowWriter<Known<Event>> writer = ParquetRowWriter.open(TABLE, file)) {
      for (int i = 0; i < rows.size(); i++) {
        Values values = rows.get(i);
        writer.write(
            new Known<>(new Event("lists", values.longAt(0), new Position("x", 0, i), values), 1));
      }
    }
    return file;
  }

  private static List<Values> read(Path file, RowSchema columns) {
    List<Values> read = new ArrayList<>();
    try (ParquetRowReader rows = ParquetRowReader.open(file)) {
      rows.select(columns.fields().stream().map(Field::name).toList());
      assertThat(rows.schema().fields())
          .extracting(Field::type)
          .isEqualTo(columns.fields().stream().map(Field::type).toList());
      while (rows.next()) {
        read.add(TestRows.copy(rows.row()));
      }
    }
    return read;
  }
}
