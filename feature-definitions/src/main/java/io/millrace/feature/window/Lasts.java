package io.millrace.feature.window;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;

/**
 * The last value by (time, order). Three columns: time ({@link Long#MIN_VALUE} for none), order,
 * and the value's 64 bits or its text.
 */
final class Lasts extends Accumulator {
  private static final int ORDER = 8;

  /** Where the value lies after the first column, in bytes. */
  static final int VALUE = 16;

  private final boolean ofTexts;

  Lasts(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.ofTexts = features.get(0).type() == ValueType.STRING;
  }

  @Override
  int textBytes(byte[] contribution) {
    return ofTexts ? ViewState.textLength(ViewState.longAt(contribution, cell)) : 0;
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
  void add(ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    int at = tile + column;
    long lastMs = ViewState.longAt(state, at);
    if (timeMs < lastMs
        || (timeMs == lastMs
            && Long.compareUnsigned(order, ViewState.longAt(state, at + ORDER)) < 0)) {
      return;
    }
    long value = ViewState.longAt(contribution, cell);
    if (ofTexts) {
      long old = ViewState.longAt(state, at + VALUE);
      int from = (int) (value >>> 32);
      value = layout.putText(state, old, contribution, from, ViewState.textLength(value));
    }
    ViewState.putLong(state, at, timeMs);
    ViewState.putLong(state, at + ORDER, order);
    ViewState.putLong(state, at + VALUE, value);
  }

  @Override
  void read(
      ViewState layout, byte[] state, int base, int tileBytes, int to, long asOfMs, Values row) {
    int last = -1;
    int i = to;
    for (Output output : outputs) {
      int from = from(state, base, tileBytes, i, output, asOfMs);
      while (last < 0 && i > from) {
        i--;
        int at = base + i * tileBytes + column;
        if (ViewState.longAt(state, at) != Long.MIN_VALUE) {
          last = at;
        }
      }
      if (last < 0) {
        output.setNull(row);
      } else if (ofTexts) {
        long text = ViewState.longAt(state, last + VALUE);
        row.setText(output.feature(), layout.text(state, text));
      } else {
        // A row holds any primitive by its 64 bits.
        row.setLong(output.feature(), ViewState.longAt(state, last + VALUE));
      }
    }
  }

  /** Only the newest value matters: while it is in the window, the older ones may leave. */
  @Override
  int nextToMatter(byte[] state, int base, int tileBytes, int from, int to) {
    int patience = Math.max(from, to - PATIENCE);
    int i = to - 1;
    while (i > patience && !holds(state, base + i * tileBytes)) {
      i--;
    }
    return i < from || (i == from && !holds(state, base + i * tileBytes)) ? to : i;
  }
}
