package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;

/**
 * The first or the last value by (time, order). Three columns: time ({@link Long#MIN_VALUE} for
 * none), order, and the value's 64 bits or its text.
 */
final class Ends extends Accumulator {
  private static final int ORDER = 8;

  /** Where the value lies after the first column, in bytes. */
  static final int VALUE = 16;

  private final boolean ofTexts;
  private final boolean isLast;

  Ends(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.ofTexts = features.get(0).type() == ValueType.STRING;
    this.isLast = features.get(0).aggregation() == Aggregation.LAST;
  }

  @Override
  boolean mayRound() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != Long.MIN_VALUE;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, Long.MIN_VALUE);
    ViewState.putLong(state, tile + column + ORDER, 0);
    ViewState.putLong(state, tile + column + VALUE, ofTexts ? ViewState.NO_TEXT : 0);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    if (isBetter(state, tile, timeMs, order)) {
      int at = tile + column;
      long value = ViewState.longAt(contribution, cell);
      byte[] roomy = state;
      if (ofTexts) {
        int length = ViewState.textLength(value);
        roomy = layout.room().withTextRoom(state, length);
        long old = ViewState.longAt(roomy, at + VALUE);
        value = layout.putText(roomy, old, contribution, (int) (value >>> 32), length);
      }
      put(roomy, at, timeMs, order, value);
      return roomy;
    }
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    int from = other + column;
    long timeMs = ViewState.longAt(state, from);
    long order = ViewState.longAt(state, from + ORDER);
    if (timeMs != Long.MIN_VALUE && isBetter(state, tile, timeMs, order)) {
      put(state, tile + column, timeMs, order, ViewState.longAt(state, from + VALUE));
    }
    return state;
  }

  private static void put(byte[] state, int at, long timeMs, long order, long value) {
    ViewState.putLong(state, at, timeMs);
    ViewState.putLong(state, at + ORDER, order);
    ViewState.putLong(state, at + VALUE, value);
  }

  /** Whether an event is nearer to the end than what the tile holds. */
  private boolean isBetter(byte[] state, int tile, long timeMs, long order) {
    long heldMs = ViewState.longAt(state, tile + column);
    if (heldMs == Long.MIN_VALUE) {
      return true;
    }
    int compared =
        timeMs == heldMs
            ? Long.compareUnsigned(order, ViewState.longAt(state, tile + column + ORDER))
            : Long.compare(timeMs, heldMs);
    return isLast ? compared >= 0 : compared < 0;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    int found = -1;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext() && !(isLast && found >= 0)) {
        int tile = walk.next();
        found = holds(state, tile) ? tile + column : found;
      }
      if (found < 0) {
        output.setNull(row);
      } else if (ofTexts) {
        row.setText(output.feature(), layout.text(state, ViewState.longAt(state, found + VALUE)));
      } else {
        // A row holds any primitive by its 64 bits.
        row.setLong(output.feature(), ViewState.longAt(state, found + VALUE));
      }
    }
  }

  @Override
  boolean doesFirstMatter() {
    return !isLast;
  }

  /** Only the newest value matters: while it is in the window, the older ones may leave. */
  @Override
  int nextToMatter(byte[] state, int base, int tileBytes, int from, int to) {
    if (!isLast) {
      return super.nextToMatter(state, base, tileBytes, from, to);
    }
    int patience = Math.max(from, to - PATIENCE);
    int i = to - 1;
    while (i > patience && !holds(state, base + i * tileBytes)) {
      i--;
    }
    return i < from || (i == from && !holds(state, base + i * tileBytes)) ? to : i;
  }
}
