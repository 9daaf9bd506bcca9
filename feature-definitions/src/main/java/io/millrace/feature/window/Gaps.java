package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Time since the last event, and the mean time between events. Three columns: how many events, and
 * the times of the first and the last, which mean something if there are any.
 */
final class Gaps extends Accumulator {
  private static final int FIRST = 8;
  private static final int LAST = 16;

  Gaps(int slot, int column, List<CompiledFeature> features) {
    super(slot, -1, column, features);
  }

  @Override
  boolean isOfInstant() {
    return true;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    put(state, tile, 0, Long.MAX_VALUE, Long.MIN_VALUE);
  }

  private void put(byte[] state, int tile, long count, long firstMs, long lastMs) {
    ViewState.putLong(state, tile + column, count);
    ViewState.putLong(state, tile + column + FIRST, firstMs);
    ViewState.putLong(state, tile + column + LAST, lastMs);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    include(state, tile, 1, timeMs, timeMs);
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    include(
        state,
        tile,
        ViewState.longAt(state, other + column),
        ViewState.longAt(state, other + column + FIRST),
        ViewState.longAt(state, other + column + LAST));
    return state;
  }

  private void include(byte[] state, int tile, long count, long firstMs, long lastMs) {
    put(
        state,
        tile,
        ViewState.longAt(state, tile + column) + count,
        Math.min(ViewState.longAt(state, tile + column + FIRST), firstMs),
        Math.max(ViewState.longAt(state, tile + column + LAST), lastMs));
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long count = 0;
    long firstMs = Long.MAX_VALUE;
    long lastMs = Long.MIN_VALUE;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        int tile = walk.next() + column;
        count += ViewState.longAt(state, tile);
        firstMs = Math.min(firstMs, ViewState.longAt(state, tile + FIRST));
        lastMs = Math.max(lastMs, ViewState.longAt(state, tile + LAST));
      }
      if (output.aggregation() == Aggregation.TIME_SINCE_LAST && count > 0) {
        row.setLong(output.feature(), asOfMs - lastMs);
      } else if (output.aggregation() == Aggregation.TIME_BETWEEN && count > 1) {
        row.setDouble(output.feature(), (double) (lastMs - firstMs) / (count - 1));
      } else {
        output.setNull(row);
      }
    }
  }
}
