package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.EntityKey;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and maps through every codec; the bytes of the other types are kept by the other tests. */
class ListColumnsTest {
  private static final EntityKey KEY = EntityKey.of("UA", "EWR");
  private static final Values FULL_EVENT =
      Values.of(
          1357041600123L,
          List.of(-7, Integer.MAX_VALUE),
          List.of(1L << 40, -1L),
          List.of(0.5, -0.0),
          List.of(Double.NaN, -0.0, -2.25),
          List.of("Zürich ✈", "", "𝄞"),
          Map.of("a", 0.25, "é𝄞", -0.0),
          Map.of("w", 1.5));
  private static final Values EMPTY_EVENT =
      Values.of(0L, List.of(), null, List.of(), List.of(), List.of(), Map.of(), Map.of());

  private static final RowSchema COLUMNS =
      new RowSchema(
          "lists_v1",
          List.of(
              Field.nullable("ids", ValueType.INT64_LIST),
              Field.nullable("means", ValueType.FLOAT64_LIST),
              Field.nullable("n", ValueType.INT64),
              Field.nullable("names", ValueType.STRING_LIST),
              Field.nullable("city", ValueType.STRING),
              Field.nullable("shares", ValueType.FLOAT64_MAP)));
  private static final Values FULL_VALUES =
      Values.of(
          List.of(1L << 40, -1L),
          List.of(Double.NaN, -0.0),
          -5,
          List.of("Zürich", "", "𝄞"),
          "EWR",
          Map.of("a", 0.25, "é𝄞", -0.0));
  private static final Values EMPTY_VALUES =
      Values.of(List.of(), List.of(), null, List.of(), null, Map.of());

  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private final EventCodec events = codec(GoldenFile.text("event-lists-v1.avsc"));
  private final FeatureRowCodec rows = new FeatureRowCodec(COLUMNS);

  private EventCodec codec(String avro) {
    return new EventCodec(
        new EventSource(
            "lists",
            "lists-topic",
            AvroRows.rowSchema(new Schema.Parser().parse(avro)),
            avro,
            new EventTime("at", Duration.ZERO, Duration.ZERO),
            List.of(),
            Optional.empty(),
            List.of()),
        registry);
  }

  private static FeatureRow row(Values values) {
    return new FeatureRow("lists_v1", KEY, 1357041600123L, 1357041600000L, 42, values);
  }

  @Test
  void shouldReadArraysAndMapsAsColumns() {
    Schema avro = new Schema.Parser().parse(GoldenFile.text("event-lists-v1.avsc"));

    assertThat(AvroRows.rowSchema(avro).fields())
        .containsExactly(
            Field.required("at", ValueType.TIMESTAMP),
            Field.required("counts", ValueType.INT64_LIST),
            Field.nullable("ids", ValueType.INT64_LIST),
            Field.required("embedding", ValueType.FLOAT64_LIST),
            Field.required("means", ValueType.FLOAT64_LIST),
            Field.nullable("names", ValueType.STRING_LIST),
            Field.nullable("shares", ValueType.FLOAT64_MAP),
            Field.required("weights", ValueType.FLOAT64_MAP));
    assertThat(AvroRows.rowSchema(AvroRows.avroSchema(COLUMNS, "t"))).isEqualTo(COLUMNS);
  }

  @Test
  void shouldWriteTheGoldenBytesOfEvents() {
    // An independent writer puts a branch before an item of a union, and so do we.
    assertThat(events.encode(FULL_EVENT))
        .isEqualTo(GoldenFile.bytes("events-lists-v1.txt", "full"));
    assertThat(events.encode(EMPTY_EVENT))
        .isEqualTo(GoldenFile.bytes("events-lists-v1.txt", "empty"));
  }

  @Test
  void shouldReadTheGoldenBytesOfEvents() throws MalformedRecordException {
    events.register();

    assertThat(events.decode(GoldenFile.bytes("events-lists-v1.txt", "full")))
        .isEqualTo(FULL_EVENT);
    Values empty = events.decode(GoldenFile.bytes("events-lists-v1.txt", "empty"));
    assertThat(empty).isEqualTo(EMPTY_EVENT);
    assertThat(empty.isNull(2)).isTrue();
    assertThat(empty.objectAt(6)).isEqualTo(Map.of());
    assertThat(events.decode(GoldenFile.bytes("events-lists-v1.txt", "blocks")))
        .isEqualTo(
            Values.of(1L, List.of(1, 2, 3), null, List.of(), List.of(), null, null, Map.of()));
  }

  static List<GoldenFile.Case> invalidEvents() {
    return GoldenFile.cases("events-lists-invalid.txt");
  }

  @ParameterizedTest
  @MethodSource("invalidEvents")
  void shouldRefuseWhatIsNoEvent(GoldenFile.Case invalid) {
    events.register();

    assertThatThrownBy(() -> events.decode(invalid.bytes()))
        .isInstanceOfSatisfying(
            MalformedRecordException.class, e -> assertThat(e.reason()).isEqualTo("malformed"))
        .hasMessageContaining(invalid.message());
  }

  @Test
  void shouldRefuseAListThatIsTooLongOnBothSides() throws MalformedRecordException {
    EventCodec wide = codec(record("{\"type\":\"array\",\"items\":\"string\"}"));
    Values most = Values.of(0L, Collections.nCopies(AvroRows.MOST_ITEMS, ""));
    byte[] bytes = wide.encode(most);
    assertThat(wide.decode(bytes)).isEqualTo(most);

    assertThatThrownBy(() -> wide.encode(Values.of(0L, Collections.nCopies(65_537, ""))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("t.R.list has 65537 items, but a list or map has 65536 at most");
    // The block's end becomes another block of one item, and its end follows.
    byte[] more = Arrays.copyOf(bytes, bytes.length + 2);
    more[bytes.length - 1] = 2;
    assertThatThrownBy(() -> wide.decode(more))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("list has 65537 items, but a list or map has 65536 at most");
  }

  @Test
  void shouldWidenTheItemsThatAnOlderSchemaWrote() throws MalformedRecordException {
    EventCodec ints = codec(record("{\"type\":\"array\",\"items\":\"int\"}"));
    EventCodec doubles = codec(record("[\"null\", {\"type\":\"array\",\"items\":\"double\"}]"));

    assertThat(doubles.decode(ints.encode(Values.of(9L, List.of(1, -2)))))
        .isEqualTo(Values.of(9L, List.of(1.0, -2.0)));
  }

  private static String record(String type) {
    return "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"t\",\"fields\":[{\"name\":\"at\","
        + "\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}},{\"name\":\"list\","
        + "\"type\":"
        + type
        + "}]}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"array\", \"items\": \"boolean\"}",
        "{\"type\": \"array\", \"items\": [\"int\", \"string\"]}",
        "{\"type\": \"array\", \"items\": [\"null\"]}",
        "{\"type\": \"array\", \"items\": {\"type\": \"array\", \"items\": \"int\"}}",
        "{\"type\": \"array\", \"items\": {\"type\": \"long\", \"logicalType\":"
            + " \"timestamp-millis\"}}",
        "{\"type\": \"map\", \"values\": \"string\"}"
      })
  void shouldRefuseItemsThatMakeNoList(String type) {
    assertThatThrownBy(() -> AvroRows.rowSchema(new Schema.Parser().parse(record(type))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("t.R.list has the type ")
        .hasMessageMatching("(?s).*which makes no column; an? (array|map) may hold .*");
  }

  @Test
  void shouldNameTheColumnWhoseItemIsTooLarge() {
    Values values =
        Values.of(0L, List.of(1L << 31), null, List.of(), List.of(), null, null, Map.of());

    assertThatThrownBy(() -> events.encode(values))
        .hasMessageContaining("Lists.counts is an Avro int")
        .hasMessageContaining("2147483648");
  }

  @Test
  void shouldWriteAndReadTheGoldenBytesOfRows() {
    byte[] full = GoldenFile.bytes("feature-rows-lists-v1.txt", "full");
    byte[] empty = GoldenFile.bytes("feature-rows-lists-v1.txt", "empty");
    byte[] nulls = GoldenFile.bytes("feature-rows-lists-v1.txt", "nulls");

    assertThat(rows.encode(row(FULL_VALUES))).isEqualTo(full);
    assertThat(rows.encode(row(EMPTY_VALUES))).isEqualTo(empty);
    assertThat(rows.encode(row(new Values(6)))).isEqualTo(nulls);
    assertThat(rows.decode("lists_v1", KEY, full)).isEqualTo(row(FULL_VALUES));
    assertThat(rows.decode("lists_v1", KEY, empty)).isEqualTo(row(EMPTY_VALUES));
    assertThat(rows.decode("lists_v1", KEY, nulls)).isEqualTo(row(new Values(6)));
  }

  static List<GoldenFile.Case> invalidRows() {
    return GoldenFile.cases("feature-rows-lists-invalid.txt");
  }

  @ParameterizedTest
  @MethodSource("invalidRows")
  void shouldRefuseWhatIsNoRow(GoldenFile.Case invalid) {
    assertThatThrownBy(() -> rows.decode("lists_v1", KEY, invalid.bytes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the stored value of view lists_v1 and key UA|EWR cannot be read: ")
        .hasMessageContaining(invalid.message());
  }

  @Test
  void shouldKeepThePayloadOfANotANumber() {
    double odd = Double.longBitsToDouble(0x7ff8_0000_dead_beefL);
    Values values = Values.of(null, List.of(odd), null, null, null, Map.of("k", odd));

    Values read = rows.decode("lists_v1", KEY, rows.encode(row(values))).values();

    assertThat(Double.doubleToRawLongBits((Double) ((List<?>) read.objectAt(1)).get(0)))
        .isEqualTo(0x7ff8_0000_dead_beefL);
    assertThat(Double.doubleToRawLongBits((Double) ((Map<?, ?>) read.objectAt(5)).get("k")))
        .isEqualTo(0x7ff8_0000_dead_beefL);
  }

  @Test
  void shouldAgreeOnContractsWithLists() {
    String golden = GoldenFile.text("contract-lists-v1.json");

    assertThat(FeatureContract.fromJson(golden)).isEqualTo(FeatureContract.of(COLUMNS));
    assertThat(golden).contains(FeatureContract.of(COLUMNS).hash());
  }

  @Test
  void shouldReadBackRandomVectorsOfPredictions() throws MalformedRecordException {
    long seed = 17;
    Random random = new Random(seed);
    PredictionCodec codec = new PredictionCodec("predictions", COLUMNS, registry);
    for (int i = 0; i < 500; i++) {
      Prediction prediction =
          new Prediction(
              "departures-0@" + i,
              "k",
              "lists_v1",
              "delay",
              3,
              1357041600000L,
              1700000000000L,
              1700000000012L,
              FeatureRowCodecTest.random(COLUMNS, random),
              0.25);
      assertThat(codec.decode(codec.encode(prediction)))
          .as("seed %d, prediction %d", seed, i)
          .isEqualTo(prediction);
    }
  }

  @Test
  void shouldNeverCrashOnHostileBytes() {
    long seed = 20_130_102;
    Random random = new Random(seed);
    byte[] goodEvent = events.encode(FULL_EVENT);
    byte[] goodRow = rows.encode(row(FULL_VALUES));
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] event = mutated(goodEvent, 5, random);
      byte[] row = mutated(goodRow, 29, random);
      try {
        assertThat(events.decode(event)).isNotNull();
      } catch (MalformedRecordException e) {
        refused++;
      } catch (Throwable e) {
        throw new AssertionError(
            "seed " + seed + ", event " + i + ": " + HexFormat.of().formatHex(event), e);
      }
      try {
        assertThat(rows.decode("lists_v1", KEY, row)).isNotNull();
      } catch (IllegalArgumentException e) {
        refused++;
      } catch (Throwable e) {
        throw new AssertionError(
            "seed " + seed + ", row " + i + ": " + HexFormat.of().formatHex(row), e);
      }
    }
    assertThat(refused).as("seed %d", seed).isBetween(10_000, 99_000);
  }

  private static byte[] mutated(byte[] good, int headBytes, Random random) {
    byte[] bytes = good.clone();
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = headBytes + random.nextInt(bytes.length - headBytes);
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, at + 1);
      } else {
        bytes[at] = (byte) random.nextInt();
      }
    }
    return bytes;
  }
}
