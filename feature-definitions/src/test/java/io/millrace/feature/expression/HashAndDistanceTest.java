package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.hash.Hashing;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashAndDistanceTest {
  private static final RowSchema PLACES =
      new RowSchema(
          "places",
          List.of(
              Field.nullable("a", ValueType.FLOAT64),
              Field.nullable("b", ValueType.FLOAT64),
              Field.nullable("c", ValueType.FLOAT64),
              Field.nullable("d", ValueType.FLOAT64)));

  /** The published test vectors of MurmurHash3_x86_32 with seed 0. */
  @Test
  void shouldHashAsMurmur3Does() {
    assertThat(Murmur3.hash("")).isZero();
    assertThat(Murmur3.hash("a")).isEqualTo(0x3c2569b2);
    assertThat(Murmur3.hash("test")).isEqualTo(0xba6bd213);
    assertThat(Murmur3.hash("Hello, world!")).isEqualTo(0xc0363e43);
    assertThat(Murmur3.hash("The quick brown fox jumps over the lazy dog")).isEqualTo(0x2e4ff723);
  }

  @Test
  void shouldHashAsAnotherImplementationDoes() {
    long seed = 1;
    Random random = new Random(seed);
    for (int n = 0; n < 2_000; n++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        text.appendCodePoint(
            random.nextInt(4) == 0 ? random.nextInt(0x1f300, 0x1f600) : random.nextInt(1, 0x800));
      }
      assertThat(Murmur3.hash(text.toString()))
          .as("seed %d: %s", seed, text)
          .isEqualTo(Hashing.murmur3_32_fixed().hashString(text, StandardCharsets.UTF_8).asInt());
    }
  }

  /** A quarter of a meridian and of the equator are exact; the cities are published distances. */
  @Test
  void shouldMeasureDistances() {
    double quarter = Math.PI / 2 * 6371.0088;
    assertThat(km(0, 0, 90, 0)).isCloseTo(quarter, within(1e-9));
    assertThat(km(0, 0, 0, -90)).isCloseTo(quarter, within(1e-9));
    assertThat(km(0, -179, 0, 179)).isCloseTo(quarter / 45, within(1e-9));
    assertThat(km(12.5, 7, 12.5, 7)).isZero();
    assertThat(km(10, 20, -10, -160)).isCloseTo(2 * quarter, within(1e-3));
    // Nashville to Los Angeles, the example of Rosetta Code: 2886.44 on a radius of 6371.
    assertThat(km(36.12, -86.67, 33.94, -118.40)).isCloseTo(2_886.45, within(0.01));
  }

  private static double km(double a, double b, double c, double d) {
    return Expressions.compile("haversine_km(a, b, c, d)", PLACES).doubleAt(Values.of(a, b, c, d));
  }
}
