package io.millrace.online.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Timestamp;
import com.google.protobuf.WireFormat;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vectors were made with Feast's own code, and are those of its tests where it has any. */
class FeastLayoutTest {
  @ParameterizedTest
  @CsvSource({
    "feature_view_1:feature_10, 266d5f39",
    "feature_view_1:feature_11, c3379abf",
    "feature_view_1:feature_12, 7772b564",
    "feature_view_1:my-feature-view:feature1, 5369864a"
  })
  void shouldNameFieldsAsFeastDoes(String feature, String field) {
    assertThat(HexFormat.of().formatHex(FeastLayout.fieldOf(feature))).isEqualTo(field);
  }

  @Test
  void shouldNameHashesAsFeastDoes() {
    FeastKeys drivers = keys("my_project", Field.required("driver_id", ValueType.INT64));
    assertThat(HexFormat.of().formatHex(drivers.of(EntityKey.of("1001"))))
        .isEqualTo(
            "0100000002000000090000006472697665725f69640400000008000000"
                + "e9030000000000006d795f70726f6a656374");
  }

  @Test
  void shouldOrderKeysByTheirNames() {
    FeastKeys keys =
        keys("p", Field.required("b", ValueType.STRING), Field.required("a", ValueType.INT64));
    assertThat(HexFormat.of().formatHex(keys.of(EntityKey.of("x|", "-1"))))
        .isEqualTo(
            "02000000"
                + "02000000"
                + "01000000"
                + "61"
                + "02000000"
                + "01000000"
                + "62"
                + "04000000"
                + "08000000"
                + "ffffffffffffffff"
                + "02000000"
                + "02000000"
                + "787c"
                + "70");
  }

  @Test
  void shouldRefuseKeysThatFeastCannotSpell() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> keys("p", Field.required("flag", ValueType.BOOL)))
        .withMessageContaining("keys of STRING and INT64 only, but flag of v_v1 is BOOL")
        .withMessageContaining("use the layout packed");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> keys("p"))
        .withMessageContaining("those of v_v1 are unknown");
    FeastKeys numbers = keys("p", Field.required("id", ValueType.INT64));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> numbers.of(EntityKey.of("x")))
        .withMessage("the key id of v_v1 is a whole number, but it is x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> numbers.of(EntityKey.of("1", "2")))
        .withMessage("a key of v_v1 has 1 parts [id], but 1|2 has 2");
  }

  @Test
  void shouldWriteValuesThatProtobufReads() throws Exception {
    assertThat(hex(ValueType.INT64, 0L)).as("zero is not null").isEqualTo("2000");
    assertThat(hex(ValueType.INT64, null)).as("null has no bytes").isEmpty();
    assertThat(hex(ValueType.BOOL, true)).isEqualTo("3801");
    assertThat(hex(ValueType.STRING, "æ")).isEqualTo("1202c3a6");
    assertThat(hex(ValueType.INT64_LIST, List.of(1L, 300L))).isEqualTo("72050a0301ac02");
    assertThat(hex(ValueType.INT64_LIST, List.of())).isEqualTo("7200");
    assertThat(hex(ValueType.STRING_LIST, List.of("a", ""))).isEqualTo("62050a01610a00");

    long seed = 5;
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      double real = Double.longBitsToDouble(random.nextLong());
      CodedInputStream whole = CodedInputStream.newInstance(encoded(ValueType.INT64, number));
      assertThat(WireFormat.getTagFieldNumber(whole.readTag())).isEqualTo(4);
      assertThat(whole.readInt64()).as("seed %d", seed).isEqualTo(number);
      assertThat(whole.isAtEnd()).isTrue();
      CodedInputStream broken = CodedInputStream.newInstance(encoded(ValueType.FLOAT64, real));
      assertThat(WireFormat.getTagFieldNumber(broken.readTag())).isEqualTo(5);
      assertThat(broken.readDouble()).as("seed %d", seed).isEqualTo(real);
      long ms = random.nextLong() >> 18;
      Timestamp time = Timestamp.parseFrom(FeastValues.timestamp(ms));
      assertThat(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toEpochMilli())
          .as("seed %d", seed)
          .isEqualTo(ms);
      assertThat(time.toByteArray()).isEqualTo(FeastValues.timestamp(ms));
      assertThat(FeastValues.millis(time.toByteArray())).as("seed %d", seed).isEqualTo(ms);
    }
  }

  @Test
  void shouldReadWhatItWrote() {
    List<ValueType> types = List.of(ValueType.values());
    Values values =
        Values.of(
            -5L,
            -0.0,
            "x",
            false,
            1234L,
            List.of(5L, Long.MIN_VALUE),
            List.of(Double.NaN, 0.5),
            List.of("", "y"),
            Map.of("a", 0.0, "b", -1.5));
    Values back = new Values(types.size());
    for (int i = 0; i < types.size(); i++) {
      FeastValues.decode(FeastValues.encode(types.get(i), values, i), types.get(i), back, i);
    }
    assertThat(back).isEqualTo(values);
  }

  @Test
  void shouldReadWhatFeastWrote() {
    Values values = new Values(1);
    FeastValues.decode(HexFormat.of().parseHex("35f5696d3f"), ValueType.FLOAT64, values, 0);
    assertThat(values.doubleAt(0)).as("a float of Feast's own").isEqualTo(0.9273980259895325);
    FeastValues.decode(HexFormat.of().parseHex("1807"), ValueType.INT64, values, 0);
    assertThat(values.longAt(0)).as("an int32").isEqualTo(7);
    FeastValues.decode(HexFormat.of().parseHex("4002"), ValueType.TIMESTAMP, values, 0);
    assertThat(values.longAt(0)).as("a unix_timestamp of seconds").isEqualTo(2_000);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                FeastValues.decode(HexFormat.of().parseHex("1202c3a6"), ValueType.INT64, values, 0))
        .withMessage("its kind is 2, not INT64");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                FeastValues.decode(HexFormat.of().parseHex("1202c3"), ValueType.STRING, values, 0))
        .withMessage("2 bytes are said to follow, but 1 do");
  }

  @Test
  void shouldReadAllViewsOfAnEntityWithOneCommand() {
    OnlineView other = new OnlineView("w_v1", schema("w_v1"), Optional.empty(), view().keys());
    FeastLayout layout =
        new FeastLayout(
            OnlineViews.of(List.of(view(), other)), RedisConfig.at("127.0.0.1:1").build());
    List<RedisCall> calls =
        layout.reads(
            List.of(
                new OnlineKey("v_v1", EntityKey.of("1")),
                new OnlineKey("v_v1", EntityKey.of("2")),
                new OnlineKey("w_v1", EntityKey.of("1"))),
            key -> 0,
            new FeatureRow[3]);
    assertThat(calls).hasSize(2);
    assertThat(
            Arrays.stream(calls.get(0).arguments())
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .filter(text -> text.startsWith("_ts:")))
        .containsExactly("_ts:v_v1", "_ts:w_v1");
  }

  private static OnlineView view() {
    return new OnlineView(
        "v_v1", schema("v_v1"), Optional.empty(), List.of(Field.required("id", ValueType.INT64)));
  }

  private static RowSchema schema(String name) {
    return new RowSchema(name, List.of(Field.nullable("x", ValueType.INT64)));
  }

  private static FeastKeys keys(String project, Field... keys) {
    OnlineView view =
        new OnlineView("v_v1", schema("v_v1"), Optional.empty(), new ArrayList<>(List.of(keys)));
    return new FeastKeys(view, project);
  }

  private static byte[] encoded(ValueType type, Object value) {
    return FeastValues.encode(type, Values.of(value), 0);
  }

  private static String hex(ValueType type, Object value) {
    Values values = new Values(1);
    values.setBoxed(0, value);
    return HexFormat.of().formatHex(FeastValues.encode(type, values, 0));
  }
}
