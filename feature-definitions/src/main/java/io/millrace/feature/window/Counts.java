package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.List;

/** How many events a slot took. One column. */
final class Counts extends Accumulator {
  Counts(int slot, int column, List<CompiledFeature> features) {
    super(slot, -1, column, features);
  }

  @Override
  boolean mayRound() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, 0);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    ViewState.putLong(state, tile + column, ViewState.longAt(state, tile + column) + 1);
    return state;
  }

  @Override
  void remove(byte[] state, int tile, byte[] contribution) {
    ViewState.putLong(state, tile + column, ViewState.longAt(state, tile + column) - 1);
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    long sum = ViewState.longAt(state, tile + column) + ViewState.longAt(state, other + column);
    ViewState.putLong(state, tile + column, sum);
    return state;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long count = 0;
    int step = 0;
    for (Output output : group) {
      int end = walk.through(output);
      int[] places = walk.places();
      for (; step < end; step++) {
        count += ViewState.longAt(state, places[step] + column);
      }
      row.setLong(output.feature(), count);
    }
  }

  @Override
  boolean takeOut(byte[] state, int tile, int tileBytes, int tiles, Output output, Values row) {
    long count = row.longAt(output.feature());
    for (int i = 0; i < tiles; i++) {
      count -= ViewState.longAt(state, tile + i * tileBytes + column);
    }
    row.setLong(output.feature(), count);
    return true;
  }

  @Override
  boolean putIn(byte[] event, Output output, Values row) {
    row.setLong(output.feature(), row.longAt(output.feature()) + 1);
    return true;
  }
}
