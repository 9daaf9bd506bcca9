package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Minima or maxima of values of 64 bits. One column, and a count where no rank can stand for
 * nothing. The value is kept as a rank: a long that orders as the values do, complemented for a
 * maximum, so that the least rank wins either way. Doubles order as {@link Double#compare} does
 * (-0.0 before 0.0), without NaN, which is ignored as null is.
 */
final class Extremes extends Accumulator {
  /** The rank of nothing; of INT64 also that of the worst value, told apart by the count. */
  private static final long NONE = Long.MAX_VALUE;

  private static final int NO_COLUMN = -1;

  private final boolean ofDoubles;
  private final long complement;
  private final int countColumn;

  private Extremes(
      int slot, int cell, int column, int countColumn, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.ofDoubles = features.get(0).type() == ValueType.FLOAT64;
    this.complement = features.get(0).aggregation() == Aggregation.MAX ? -1 : 0;
    this.countColumn = countColumn;
  }

  static Extremes ofDoubles(int slot, int cell, int column, List<CompiledFeature> features) {
    return new Extremes(slot, cell, column, NO_COLUMN, features);
  }

  /** Of INT64, TIMESTAMP or BOOL. */
  static Extremes ofLongs(int slot, int cell, int column, List<CompiledFeature> features) {
    return new Extremes(slot, cell, column, column + 8, features);
  }

  private long rankOf(long bits) {
    return (ofDoubles ? reordered(bits) : bits) ^ complement;
  }

  private long bitsOf(long rank) {
    return ofDoubles ? reordered(rank ^ complement) : rank ^ complement;
  }

  /** Between the bits of a double and a long of its order; its own inverse. */
  private static long reordered(long bits) {
    return bits ^ (bits >> 63 & Long.MAX_VALUE);
  }

  @Override
  boolean mayRound() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != NONE
        || (countColumn != NO_COLUMN && ViewState.longAt(state, tile + countColumn) != 0);
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, NONE);
    if (countColumn != NO_COLUMN) {
      ViewState.putLong(state, tile + countColumn, 0);
    }
  }

  private void count(byte[] state, int tile, long added) {
    if (countColumn != NO_COLUMN) {
      int at = tile + countColumn;
      ViewState.putLong(state, at, ViewState.longAt(state, at) + added);
    }
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    long bits = ViewState.longAt(contribution, cell);
    if (!ofDoubles || !Double.isNaN(Double.longBitsToDouble(bits))) {
      keepLeast(state, tile, rankOf(bits));
      count(state, tile, 1);
    }
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    keepLeast(state, tile, ViewState.longAt(state, other + column));
    if (countColumn != NO_COLUMN) {
      count(state, tile, ViewState.longAt(state, other + countColumn));
    }
    return state;
  }

  private void keepLeast(byte[] state, int tile, long rank) {
    if (rank < ViewState.longAt(state, tile + column)) {
      ViewState.putLong(state, tile + column, rank);
    }
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long best = NONE;
    long count = 0;
    int step = 0;
    for (Output output : group) {
      int end = walk.through(output);
      int[] places = walk.places();
      for (int i = step; i < end; i++) {
        best = Math.min(best, ViewState.longAt(state, places[i] + column));
      }
      for (; countColumn != NO_COLUMN && step < end; step++) {
        count += ViewState.longAt(state, places[step] + countColumn);
      }
      step = end;
      if (best != NONE || count != 0) {
        // A row holds any primitive by its 64 bits.
        row.setLong(output.feature(), bitsOf(best));
      } else {
        output.setNull(row);
      }
    }
  }

  /** While what left is worse than the best, that is still there. */
  @Override
  boolean takeOut(byte[] state, int tile, int tileBytes, int tiles, Output output, Values row) {
    long best = NONE;
    for (int i = 0; i < tiles; i++) {
      best = Math.min(best, ViewState.longAt(state, tile + i * tileBytes + column));
    }
    return row.isNull(output.feature())
        ? best == NONE
        : best > rankOf(row.longAt(output.feature()));
  }

  @Override
  boolean putIn(byte[] event, Output output, Values row) {
    long bits = ViewState.longAt(event, cell);
    if (ofDoubles && Double.isNaN(Double.longBitsToDouble(bits))) {
      return true;
    }
    if (row.isNull(output.feature()) || rankOf(bits) < rankOf(row.longAt(output.feature()))) {
      row.setLong(output.feature(), bits);
    }
    // A default may stand for nothing, and be less than all there is.
    return output.isNullAsNull();
  }
}
