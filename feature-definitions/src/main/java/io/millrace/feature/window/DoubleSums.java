package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Sums and means of FLOAT64. Three columns, a double, the rounding error it left, and the count
 * (double-double, by Knuth's two-sum): about 106 bits, so that the order of the additions does not
 * show in the result but for the last bit in rare cases. NaN and infinities make the first column
 * so, and leave with their tile. A partial sum beyond the range of a double is infinite, even if
 * later inputs would have brought it back.
 */
final class DoubleSums extends Accumulator {
  private final int countColumn;

  DoubleSums(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.countColumn = column + 16;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + countColumn) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, 0);
    ViewState.putLong(state, tile + column + 8, 0);
    ViewState.putLong(state, tile + countColumn, 0);
  }

  private void count(byte[] state, int tile, long added) {
    int at = tile + countColumn;
    ViewState.putLong(state, at, ViewState.longAt(state, at) + added);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    double value = ViewState.doubleAt(contribution, cell);
    double high = ViewState.doubleAt(state, tile + column);
    double sum = high + value;
    double error = 0;
    if (Double.isFinite(sum)) {
      error = DoubleDouble.errorOf(sum, high, value) + ViewState.doubleAt(state, tile + column + 8);
      double rounded = sum + error;
      error = Double.isFinite(rounded) ? DoubleDouble.errorOf(rounded, sum, error) : 0;
      sum = rounded;
    }
    ViewState.putDouble(state, tile + column, sum);
    ViewState.putDouble(state, tile + column + 8, error);
    count(state, tile, 1);
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    DoubleDouble sum = new DoubleDouble();
    sum.add(ViewState.doubleAt(state, tile + column), ViewState.doubleAt(state, tile + column + 8));
    sum.add(
        ViewState.doubleAt(state, other + column), ViewState.doubleAt(state, other + column + 8));
    ViewState.putDouble(state, tile + column, sum.high());
    ViewState.putDouble(state, tile + column + 8, sum.low());
    count(state, tile, ViewState.longAt(state, other + countColumn));
    return state;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    // Knuth's two-sum twice: each addition waits for one before it only, not for all its errors.
    double high = 0;
    double low = 0;
    double lowest = 0;
    long count = 0;
    int step = 0;
    for (Output output : group) {
      int end = walk.through(output);
      int[] places = walk.places();
      for (; step < end; step++) {
        int tile = places[step];
        count += ViewState.longAt(state, tile + countColumn);
        double addedHigh = ViewState.doubleAt(state, tile + column);
        double sum = high + addedHigh;
        double error = DoubleDouble.errorOf(sum, high, addedHigh);
        double lowSum = low + error;
        lowest += DoubleDouble.errorOf(lowSum, low, error);
        lowest += ViewState.doubleAt(state, tile + column + 8);
        high = sum;
        low = lowSum;
      }
      if (count == 0) {
        output.setNull(row);
      } else {
        DoubleDouble sum = DoubleDouble.of(high, low, lowest);
        boolean isMean = output.aggregation() == Aggregation.AVG;
        row.setDouble(output.feature(), isMean ? sum.dividedBy(count) : sum.value());
      }
    }
  }
}
