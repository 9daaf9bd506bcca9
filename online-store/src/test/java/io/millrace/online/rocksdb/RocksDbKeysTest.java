package io.millrace.online.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EntityKey;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RocksDbKeysTest {
  @Test
  void shouldKeepItsBytes() {
    assertThat(hex("tail_v1", EntityKey.of("N1")))
        .isEqualTo("01" + "7461696c5f7631" + "00" + "4e31");
    assertThat(hex("r_v12", EntityKey.of("SFO", "J|K")))
        .isEqualTo("01" + "725f763132" + "00" + "53464f7c4a5c7c4b");
    assertThat(hex("x_v1", EntityKey.of("æ"))).isEqualTo("01" + "785f7631" + "00" + "c3a6");
    assertThat(hex("x_v1", EntityKey.of(""))).isEqualTo("01" + "785f7631" + "00");
  }

  private static String hex(String view, EntityKey key) {
    return HexFormat.of().formatHex(RocksDbKeys.of(view, key));
  }
}
