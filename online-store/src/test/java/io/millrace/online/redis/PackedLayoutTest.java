package io.millrace.online.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PackedLayoutTest {
  private final RedisConfig config = RedisConfig.at("127.0.0.1:1").build();
  private final PackedLayout layout =
      new PackedLayout(OnlineViews.of(OnlineStoreContract.VIEWS), config);

  @Test
  void shouldKeepTheBytesOfAKey() {
    assertThat(text(layout.keyOf("tail_v1", EntityKey.of("N1")))).isEqualTo("mr:tail_v1:N1");
    assertThat(text(layout.keyOf("pair_v1", EntityKey.of("a:b", "{c|d}"))))
        .isEqualTo("mr:pair_v1:a:b|{c\\|d}");
    assertThat(text(layout.keyOf("tail_v1", EntityKey.of("æ")))).isEqualTo("mr:tail_v1:æ");
  }

  @Test
  void shouldKeepTheBytesOfAWrite() {
    FeatureRow row =
        new FeatureRow("origin_v2", EntityKey.of("SFO"), 0x102030405060708L, 9, 10, Values.of(11L));
    List<RedisCall> calls = layout.writes(List.of(row), key -> 0, (i, asOfMs, sequence) -> {});
    assertThat(calls).hasSize(1);
    byte[][] arguments = calls.get(0).arguments();
    assertThat(text(arguments[0])).isEqualTo("1");
    assertThat(text(arguments[1])).isEqualTo("mr:origin_v2:SFO");
    String value = HexFormat.of().formatHex(arguments[2]);
    assertThat(value.substring(0, 2)).as("version").isEqualTo("01");
    assertThat(value.substring(10))
        .as("all after the fingerprint: asOfMs, lastEventMs, sequence, presence, the value")
        .isEqualTo(
            "0102030405060708"
                + "0000000000000009"
                + "000000000000000a"
                + "01"
                + "000000000000000b");
    assertThat(text(arguments[3])).as("a view without a ttl is never forgotten").isEqualTo("0");
  }

  @Test
  void shouldNameManyKeysOfAGroupInOneCommandAndNoneOfAnother() {
    List<FeatureRow> rows =
        java.util.stream.IntStream.range(0, 300)
            .mapToObj(
                i -> new FeatureRow("origin_v2", EntityKey.of("k" + i), 1, 1, 1, Values.of(1L)))
            .toList();
    assertThat(layout.writes(rows, key -> 0, (i, a, s) -> {}))
        .extracting(call -> text(call.arguments()[0]))
        .containsExactly("128", "128", "44");
    assertThat(layout.writes(rows, key -> key[key.length - 1] % 2, (i, a, s) -> {}))
        .extracting(call -> text(call.arguments()[0]))
        .containsExactlyInAnyOrder("128", "128", "22", "22");
  }

  @Test
  void shouldKeepARowLongerThanItsTtl() {
    assertThat(config.expiryMs(Optional.of(Duration.ofHours(2))))
        .isEqualTo(Duration.ofHours(2).plusDays(7).toMillis());
    assertThat(config.expiryMs(Optional.empty())).isZero();
    assertThat(
            RedisConfig.at("h:1").expireNever().build().expiryMs(Optional.of(Duration.ofHours(2))))
        .isZero();
  }

  @Test
  void shouldRefuseAViewWhoseIdHoldsAColon() {
    OnlineView view =
        new OnlineView(
            "a:b_v1",
            new RowSchema("a:b_v1", List.of(Field.nullable("x", ValueType.INT64))),
            Optional.empty());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PackedLayout(OnlineViews.of(List.of(view)), config))
        .withMessage(
            "Redis' keys are view:key, so a view's id must not hold a ':', but it is a:b_v1");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
