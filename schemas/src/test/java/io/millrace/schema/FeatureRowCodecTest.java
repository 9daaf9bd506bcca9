package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FeatureRowCodecTest {
  static final RowSchema COLUMNS =
      new RowSchema(
          "sample_v1",
          List.of(
              Field.nullable("n", ValueType.INT64),
              Field.nullable("x", ValueType.FLOAT64),
              Field.nullable("city", ValueType.STRING),
              Field.nullable("ok", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("note", ValueType.STRING)));

  private static final EntityKey KEY = EntityKey.of("UA", "EWR");
  private static final FeatureRow FULL =
      new FeatureRow(
          "sample_v1",
          KEY,
          1357041600123L,
          1357041600000L,
          42,
          Values.of(-5, 1.5, "Z\u00fcrich", true, 1000L, ""));
  private static final FeatureRow NULLS = new FeatureRow("sample_v1", KEY, 7, 6, -1, new Values(6));

  private final FeatureRowCodec codec = new FeatureRowCodec(COLUMNS);

  @Test
  void shouldWriteAndReadTheGoldenBytes() {
    byte[] full = GoldenFile.bytes("feature-rows-v1.txt", "full");
    byte[] nulls = GoldenFile.bytes("feature-rows-v1.txt", "nulls");

    assertThat(codec.encode(FULL)).isEqualTo(full);
    assertThat(codec.encode(NULLS)).isEqualTo(nulls);
    assertThat(codec.decode("sample_v1", KEY, full)).isEqualTo(FULL);
    assertThat(codec.decode("sample_v1", KEY, nulls)).isEqualTo(NULLS);
    assertThat(FeatureRowCodec.asOfMs(full)).isEqualTo(1357041600123L);
    assertThat(FeatureRowCodec.sequence(full)).isEqualTo(42);
    assertThat(FeatureRowCodec.sequence(nulls)).isEqualTo(-1);
  }

  static List<GoldenFile.Case> invalid() {
    return GoldenFile.cases("feature-rows-invalid.txt");
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void shouldRefuseWhatIsNoRow(GoldenFile.Case invalid) {
    assertThatThrownBy(() -> codec.decode("sample_v1", KEY, invalid.bytes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "the stored value of view sample_v1 and key UA|EWR cannot be read: ")
        .hasMessageContaining(invalid.message());
  }

  @Test
  void shouldRefuseToOrderForeignBytes() {
    assertThatThrownBy(() -> FeatureRowCodec.asOfMs(new byte[] {9, 9}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no packed row of version 1: 2 bytes, the first of them 9");
  }

  @Test
  void shouldReadBackRandomRowsOfRandomColumns() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      List<Field> fields = new ArrayList<>();
      int size = random.nextInt(40);
      for (int f = 0; f < size; f++) {
        ValueType[] types = ValueType.values();
        fields.add(Field.nullable("f" + f, types[random.nextInt(types.length)]));
      }
      RowSchema schema = new RowSchema("random_v1", fields);
      FeatureRow row =
          new FeatureRow(
              "random_v1",
              KEY,
              random.nextLong(),
              random.nextLong(),
              random.nextLong(),
              random(schema, random));
      FeatureRowCodec any = new FeatureRowCodec(schema);

      assertThat(any.decode("random_v1", KEY, any.encode(row)))
          .as("seed %d, row %d", seed, i)
          .isEqualTo(row);
    }
  }

  static Values random(RowSchema schema, Random random) {
    Values values = new Values(schema.size());
    for (int i = 0; i < schema.size(); i++) {
      if (random.nextInt(4) == 0) {
        continue;
      }
      switch (schema.field(i).type()) {
        case FLOAT64 -> values.setDouble(i, Double.longBitsToDouble(random.nextLong()));
        case BOOL -> values.setBoolean(i, random.nextBoolean());
        case STRING -> values.setText(i, text(random));
        case INT64, TIMESTAMP -> values.setLong(i, random.nextLong());
        case INT64_LIST -> values.setList(i, list(random, random::nextLong));
        case FLOAT64_LIST -> values.setList(i, list(random, () -> real(random)));
        case STRING_LIST -> values.setList(i, list(random, () -> text(random)));
        case FLOAT64_MAP -> {
          Map<String, Double> map = new HashMap<>();
          list(random, () -> text(random)).forEach(key -> map.put(key, real(random)));
          values.setMap(i, map);
        }
      }
    }
    return values;
  }

  private static <T> List<T> list(Random random, Supplier<T> item) {
    return Stream.generate(item).limit(random.nextInt(4)).toList();
  }

  private static double real(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Double.NaN;
      case 1 -> -0.0;
      default -> Double.longBitsToDouble(random.nextLong());
    };
  }

  private static String text(Random random) {
    return "\u00e9\ud83d\udeeb".repeat(random.nextInt(5));
  }

  @Test
  void shouldRefuseARowOfAnotherWidth() {
    assertThatThrownBy(() -> codec.encode(new FeatureRow("sample_v1", KEY, 1, 1, 1, new Values(5))))
        .hasMessage("a row of sample_v1 has 6 columns, but that of sample_v1 and key UA|EWR has 5");
  }
}
