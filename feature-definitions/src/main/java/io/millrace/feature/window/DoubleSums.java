package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.List;

/**
 * Sums and means of FLOAT64. Two columns, a double and the rounding error it left (double-double,
 * by Knuth's two-sum): about 106 bits, so that the order of the additions does not show in the
 * result but for the last bit in rare cases. NaN and infinities make the first column so, and leave
 * with their tile. A partial sum beyond the range of a double is infinite, even if later inputs
 * would have brought it back.
 */
final class DoubleSums extends Accumulator {
  private final int countColumn;

  DoubleSums(int slot, int cell, int column, int countColumn, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.countColumn = countColumn;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + countColumn) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, 0);
    ViewState.putLong(state, tile + column + 8, 0);
  }

  @Override
  void add(ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    double value = ViewState.doubleAt(contribution, cell);
    double high = ViewState.doubleAt(state, tile + column);
    double sum = high + value;
    double error = 0;
    if (Double.isFinite(sum)) {
      error = errorOf(sum, high, value) + ViewState.doubleAt(state, tile + column + 8);
      double rounded = sum + error;
      error = Double.isFinite(rounded) ? error - (rounded - sum) : 0;
      sum = rounded;
    }
    ViewState.putDouble(state, tile + column, sum);
    ViewState.putDouble(state, tile + column + 8, error);
  }

  /** What {@code sum}, the rounded sum of a and b, lacks of the true one; itself exact. */
  private static double errorOf(double sum, double a, double b) {
    double bRounded = sum - a;
    return (a - (sum - bRounded)) + (b - bRounded);
  }

  @Override
  void read(
      ViewState layout, byte[] state, int base, int tileBytes, int to, long asOfMs, Values row) {
    double high = 0;
    double low = 0;
    long count = 0;
    int i = to;
    for (Output output : outputs) {
      int from = from(state, base, tileBytes, i, output, asOfMs);
      while (i > from) {
        i--;
        int tile = base + i * tileBytes;
        double tileHigh = ViewState.doubleAt(state, tile + column);
        double tileLow = ViewState.doubleAt(state, tile + column + 8);
        count += ViewState.longAt(state, tile + countColumn);
        double sum = high + tileHigh;
        if (Double.isFinite(sum)) {
          double lowSum = low + tileLow;
          double error = errorOf(sum, high, tileHigh) + lowSum;
          double lowError = errorOf(lowSum, low, tileLow);
          high = sum + error;
          low = Double.isFinite(high) ? lowError + (error - (high - sum)) : 0;
        } else {
          high = sum;
          low = 0;
        }
      }
      if (count == 0) {
        output.setNull(row);
      } else {
        double value = output.mean() ? mean(high, low, count) : high + low;
        row.setDouble(output.feature(), Double.isNaN(value) ? Double.NaN : value);
      }
    }
  }

  private static double mean(double high, double low, long count) {
    double quotient = high / count;
    double rest = Math.fma(-quotient, (double) count, high) + low;
    return Double.isFinite(quotient) ? quotient + rest / count : quotient;
  }
}
