package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.List;

/** How many inputs lie between bounds. One column more than the bounds. NaN lies nowhere. */
final class Histograms extends Accumulator {
  private final double[] bounds;
  private final boolean ofDoubles;

  Histograms(int slot, int cell, int column, boolean ofDoubles, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.bounds =
        features.get(0).feature().parameters().bounds().stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    this.ofDoubles = ofDoubles;
  }

  /** Where the count that the input belongs to lies after the first column, or -1. */
  private int binOf(byte[] contribution) {
    if (!ofDoubles) {
      return binOfLong(ViewState.longAt(contribution, cell));
    }
    double value = ViewState.doubleAt(contribution, cell);
    if (Double.isNaN(value)) {
      return -1;
    }
    int bin = 0;
    while (bin < bounds.length && value >= bounds[bin]) {
      bin++;
    }
    return 8 * bin;
  }

  private int binOfLong(long value) {
    int bin = 0;
    // Compared as integers: not every long is a double.
    while (bin < bounds.length && isAtLeast(value, bounds[bin])) {
      bin++;
    }
    return 8 * bin;
  }

  private static boolean isAtLeast(long value, double bound) {
    double up = Math.ceil(bound);
    return up < 0x1p63 && value >= (long) up;
  }

  @Override
  boolean mayRound() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    for (int bin = 0; bin <= bounds.length; bin++) {
      if (ViewState.longAt(state, tile + column + 8 * bin) != 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  void clear(byte[] state, int tile) {
    for (int bin = 0; bin <= bounds.length; bin++) {
      ViewState.putLong(state, tile + column + 8 * bin, 0);
    }
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    count(state, tile, contribution, 1);
    return state;
  }

  @Override
  void remove(byte[] state, int tile, byte[] contribution) {
    count(state, tile, contribution, -1);
  }

  private void count(byte[] state, int tile, byte[] contribution, int by) {
    int bin = binOf(contribution);
    if (bin >= 0) {
      int at = tile + column + bin;
      ViewState.putLong(state, at, ViewState.longAt(state, at) + by);
    }
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    for (int bin = 0; bin <= bounds.length; bin++) {
      int at = column + 8 * bin;
      long sum = ViewState.longAt(state, tile + at) + ViewState.longAt(state, other + at);
      ViewState.putLong(state, tile + at, sum);
    }
    return state;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long[] counts = new long[bounds.length + 1];
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        int tile = walk.next() + column;
        for (int bin = 0; bin < counts.length; bin++) {
          counts[bin] += ViewState.longAt(state, tile + 8 * bin);
        }
      }
      List<Long> value = new ArrayList<>(counts.length);
      for (long count : counts) {
        value.add(count);
      }
      row.setList(output.feature(), value);
    }
  }
}
