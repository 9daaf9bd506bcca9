package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeedTest {
  @ParameterizedTest
  @ValueSource(strings = {"1x", "3600x", "0.5x", "max"})
  void shouldWriteWhatItReads(String text) {
    assertThat(Speed.parse(text)).hasToString(text);
  }

  @Test
  void shouldBeInfiniteAtMax() {
    assertThat(Speed.parse("max").factor()).isInfinite();
    assertThat(Speed.parse("3600x").factor()).isEqualTo(3600.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "0x", "-1x", "3600", "fast", "1e3x", "MAX"})
  void shouldRefuseWhatIsNoSpeed(String text) {
    assertThatThrownBy(() -> Speed.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "\"" + text + "\" is not a speed; write 1x, 3600x or another factor above 0, or max");
  }
}
