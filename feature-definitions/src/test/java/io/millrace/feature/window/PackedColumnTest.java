package io.millrace.feature.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a column holds, it is read as it was written. */
class PackedColumnTest {
  private static long value(Random random, int kind, int i, long before) {
    return switch (kind) {
      case 0 -> random.nextInt(100);
      case 1 -> random.nextLong();
      case 2 -> before + 60_000L * random.nextInt(5);
      case 3 -> bits(random.nextInt(1 << 16) / 100.0);
      case 4 -> bits(Math.scalb(random.nextInt(1 << 20) - 500_000, -60));
      case 5 -> bits(random.nextGaussian());
      case 6 -> random.nextInt(3) == 0 ? Long.MAX_VALUE : random.nextInt(1_000);
      case 7 ->
          switch (random.nextInt(6)) {
            case 0 -> bits(Double.NaN);
            case 1 -> bits(-0.0);
            case 2 -> bits(Double.NEGATIVE_INFINITY);
            case 3 -> bits(0.0);
            default -> bits(-random.nextInt(1_000) / 10.0);
          };
      case 8 -> bits(random.nextBoolean() ? Double.MIN_VALUE : Double.MAX_VALUE);
      case 9 -> 42;
      default -> bits(random.nextInt(1_000) * 1e-3 + 1e-16 * random.nextInt(3));
    };
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static long ranked(long bits, int view) {
    long rank = bits ^ (bits >> 63 & Long.MAX_VALUE);
    return view == PackedColumn.COMPLEMENTS ? ~rank : view == PackedColumn.RANKS ? rank : bits;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldReadWhatWasWritten(long seed) {
    Random random = new Random(seed);
    PackedColumn writer = PackedColumn.writer();
    for (int run = 0; run < 4_000; run++) {
      int n = 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 20);
      int columns = 1 + random.nextInt(4);
      long[][] values = new long[columns][n];
      PackedBytes out = new PackedBytes(new byte[1], 0);
      String situation = "seed %d, run %d, %d values of".formatted(seed, run, n);
      for (int c = 0; c < columns; c++) {
        int kind = random.nextInt(11);
        int view = random.nextInt(4);
        long unit = kind == 2 && c == 0 ? 60_000 : random.nextInt(20) == 0 ? 7 : 0;
        situation += " kind %d as %d".formatted(kind, view);
        for (int i = 0; i < n; i++) {
          long before = i == 0 ? random.nextLong() >> 20 : values[c][i - 1];
          values[c][i] = kind == 2 ? value(random, 2, i, before) : 0;
          if (kind != 2) {
            values[c][i] = ranked(value(random, kind, i, before), view);
          }
        }
        if (c > 1 && random.nextInt(4) == 0) {
          values[c] = values[c - 1].clone();
        }
        writer.write(out, values[c], n, view, c == 0 ? unit : 0, values, c);
      }
      byte[] rows = new byte[8 * columns * n];
      PackedBytes in = new PackedBytes(out.copy(), 0);
      for (int c = 0; c < columns; c++) {
        PackedColumn.read(in, rows, 0, c, 8 * columns, n);
        for (int i = 0; i < n; i++) {
          assertThat(ViewState.longAt(rows, 8 * (i * columns + c)))
              .as("%s: value %d of column %d", situation, i, c)
              .isEqualTo(values[c][i]);
        }
      }
      assertThat(in.length()).as(situation).isEqualTo(out.length());
    }
  }
}
