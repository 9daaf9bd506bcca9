package io.millrace.feature.window;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;

/**
 * The last value less the one before it. Six columns: time ({@link Long#MIN_VALUE} for none), order
 * and 64 bits of the last, and of the one before it. A difference of INT64 that is no long is null.
 */
final class Changes extends Accumulator {
  private static final int EVENT = 24;

  private final boolean ofDoubles;

  Changes(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.ofDoubles = features.get(0).type() == ValueType.FLOAT64;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != Long.MIN_VALUE;
  }

  @Override
  void clear(byte[] state, int tile) {
    put(state, tile + column, Long.MIN_VALUE, 0, 0);
    put(state, tile + column + EVENT, Long.MIN_VALUE, 0, 0);
  }

  private static void put(byte[] state, int at, long timeMs, long order, long bits) {
    ViewState.putLong(state, at, timeMs);
    ViewState.putLong(state, at + 8, order);
    ViewState.putLong(state, at + 16, bits);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    include(state, tile + column, timeMs, order, ViewState.longAt(contribution, cell));
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    for (int from = other + column; from <= other + column + EVENT; from += EVENT) {
      long timeMs = ViewState.longAt(state, from);
      if (timeMs != Long.MIN_VALUE) {
        long order = ViewState.longAt(state, from + 8);
        include(state, tile + column, timeMs, order, ViewState.longAt(state, from + 16));
      }
    }
    return state;
  }

  /** Puts an event among the two at {@code at}, if it is one of the last two. */
  private static void include(byte[] state, int at, long timeMs, long order, long bits) {
    if (isAfter(state, at, timeMs, order)) {
      System.arraycopy(state, at, state, at + EVENT, EVENT);
      put(state, at, timeMs, order, bits);
    } else if (isAfter(state, at + EVENT, timeMs, order)) {
      put(state, at + EVENT, timeMs, order, bits);
    }
  }

  private static boolean isAfter(byte[] state, int at, long timeMs, long order) {
    long heldMs = ViewState.longAt(state, at);
    return heldMs == Long.MIN_VALUE
        || (timeMs == heldMs
            ? Long.compareUnsigned(order, ViewState.longAt(state, at + 8)) >= 0
            : timeMs > heldMs);
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    // Time, order and bits of the last two, as in a tile.
    byte[] two = new byte[2 * EVENT];
    put(two, 0, Long.MIN_VALUE, 0, 0);
    put(two, EVENT, Long.MIN_VALUE, 0, 0);
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext() && ViewState.longAt(two, EVENT) == Long.MIN_VALUE) {
        int tile = walk.next() + column;
        for (int at = tile; at <= tile + EVENT; at += EVENT) {
          if (ViewState.longAt(state, at) != Long.MIN_VALUE) {
            long order = ViewState.longAt(state, at + 8);
            include(two, 0, ViewState.longAt(state, at), order, ViewState.longAt(state, at + 16));
          }
        }
      }
      if (ViewState.longAt(two, EVENT) == Long.MIN_VALUE) {
        output.setNull(row);
      } else {
        setDifference(output, ViewState.longAt(two, 16), ViewState.longAt(two, EVENT + 16), row);
      }
    }
  }

  private void setDifference(Output output, long last, long before, Values row) {
    if (ofDoubles) {
      double change = Double.longBitsToDouble(last) - Double.longBitsToDouble(before);
      row.setDouble(output.feature(), Double.isNaN(change) ? Double.NaN : change);
      return;
    }
    long change = last - before;
    boolean overflows = ((last ^ before) & (last ^ change)) < 0;
    if (overflows) {
      output.setNull(row);
    } else {
      row.setLong(output.feature(), change);
    }
  }
}
