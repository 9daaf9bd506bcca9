package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Variance, skewness, kurtosis. Three columns, count, mean and the sum of squared deviations from
 * it, or five, with the sums of their third and fourth powers. Added and merged by the formulas of
 * Chan, Golub and LeVeque (1979) and Pebay (2008), which do not cancel. An input that is not finite
 * makes all of them NaN until its tile leaves.
 */
final class Moments extends Accumulator {
  private final boolean toFourth;
  private final boolean ofDoubles;

  /**
   * @param toFourth whether it keeps five columns rather than three
   * @param ofDoubles whether the input is FLOAT64 rather than INT64
   */
  Moments(
      int slot,
      int cell,
      int column,
      boolean toFourth,
      boolean ofDoubles,
      List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.toFourth = toFourth;
    this.ofDoubles = ofDoubles;
  }

  /** Count, mean and central sums on the heap. */
  private static final class Sums {
    double count;
    double mean;
    double m2;
    double m3;
    double m4;

    void add(double value) {
      merge(1, value, 0, 0, 0);
    }

    void merge(double n, double otherMean, double o2, double o3, double o4) {
      if (n == 0) {
        return;
      }
      if (count == 0) {
        count = n;
        mean = otherMean;
        m2 = o2;
        m3 = o3;
        m4 = o4;
        spoilUnlessFinite();
        return;
      }
      double total = count + n;
      double delta = otherMean - mean;
      double d = delta / total;
      double d2 = d * d;
      double product = count * n;
      m4 +=
          o4
              + delta * d * d2 * product * (count * count - product + n * n)
              + 6 * d2 * (count * count * o2 + n * n * m2)
              + 4 * d * (count * o3 - n * m3);
      m3 += o3 + delta * d2 * product * (count - n) + 3 * d * (count * o2 - n * m2);
      m2 += o2 + delta * d * product;
      mean += d * n;
      count = total;
      spoilUnlessFinite();
    }

    private void spoilUnlessFinite() {
      if (!Double.isFinite(mean)) {
        m2 = Double.NaN;
        m3 = Double.NaN;
        m4 = Double.NaN;
      }
    }
  }

  private void load(byte[] state, int tile, Sums into) {
    int at = tile + column;
    into.merge(
        ViewState.doubleAt(state, at),
        ViewState.doubleAt(state, at + 8),
        ViewState.doubleAt(state, at + 16),
        toFourth ? ViewState.doubleAt(state, at + 24) : 0,
        toFourth ? ViewState.doubleAt(state, at + 32) : 0);
  }

  private void store(byte[] state, int tile, Sums sums) {
    int at = tile + column;
    ViewState.putDouble(state, at, sums.count);
    ViewState.putDouble(state, at + 8, sums.mean);
    ViewState.putDouble(state, at + 16, sums.m2);
    if (toFourth) {
      ViewState.putDouble(state, at + 24, sums.m3);
      ViewState.putDouble(state, at + 32, sums.m4);
    }
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.doubleAt(state, tile + column) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    store(state, tile, new Sums());
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    Sums sums = new Sums();
    load(state, tile, sums);
    sums.add(
        ofDoubles ? ViewState.doubleAt(contribution, cell) : ViewState.longAt(contribution, cell));
    store(state, tile, sums);
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    Sums sums = new Sums();
    load(state, tile, sums);
    load(state, other, sums);
    store(state, tile, sums);
    return state;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    Sums sums = new Sums();
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        load(state, walk.next(), sums);
      }
      Double value = value(output.aggregation(), sums);
      if (value == null) {
        output.setNull(row);
      } else {
        row.setDouble(output.feature(), value.isNaN() ? Double.NaN : value);
      }
    }
  }

  private static Double value(Aggregation aggregation, Sums s) {
    return switch (aggregation) {
      case VAR_POP -> s.count == 0 ? null : (Double) (s.m2 / s.count);
      case VAR_SAMP -> s.count < 2 ? null : (Double) (s.m2 / (s.count - 1));
      case STDDEV_POP -> s.count == 0 ? null : (Double) Math.sqrt(s.m2 / s.count);
      case STDDEV_SAMP -> s.count < 2 ? null : (Double) Math.sqrt(s.m2 / (s.count - 1));
      case SKEWNESS ->
          s.count == 0 || s.m2 == 0
              ? null
              : (Double) (Math.sqrt(s.count) * s.m3 / (s.m2 * Math.sqrt(s.m2)));
      case KURTOSIS ->
          s.count == 0 || s.m2 == 0 ? null : (Double) (s.count * s.m4 / (s.m2 * s.m2) - 3);
      default -> throw new IllegalStateException(aggregation + " is no moment");
    };
  }
}
