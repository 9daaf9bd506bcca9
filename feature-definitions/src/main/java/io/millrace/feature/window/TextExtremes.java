package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.Arrays;
import java.util.List;

/** Minima or maxima of STRING in the order of code points. One column, the text. */
final class TextExtremes extends Accumulator {
  private final int sign;

  TextExtremes(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.sign = features.get(0).aggregation() == Aggregation.MAX ? -1 : 1;
  }

  @Override
  boolean mayRound() {
    return false;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != ViewState.NO_TEXT;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, ViewState.NO_TEXT);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    long text = ViewState.longAt(contribution, cell);
    int at = (int) (text >>> 32);
    int length = ViewState.textLength(text);
    long old = ViewState.longAt(state, tile + column);
    if (old == ViewState.NO_TEXT || compare(layout, contribution, at, length, state, old) < 0) {
      byte[] roomy = layout.room().withTextRoom(state, length);
      old = ViewState.longAt(roomy, tile + column);
      ViewState.putLong(roomy, tile + column, layout.putText(roomy, old, contribution, at, length));
      return roomy;
    }
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    long text = ViewState.longAt(state, tile + column);
    long added = ViewState.longAt(state, other + column);
    boolean isBetter =
        text == ViewState.NO_TEXT
            || (added != ViewState.NO_TEXT && before(layout, state, added, text));
    if (isBetter) {
      ViewState.putLong(state, tile + column, added);
    }
    return state;
  }

  /** UTF-8 orders by unsigned bytes as its code points do. */
  private int compare(ViewState layout, byte[] a, int at, int length, byte[] state, long text) {
    int other = layout.textAt(state, text);
    return sign
        * Integer.signum(
            Arrays.compareUnsigned(
                a, at, at + length, state, other, other + ViewState.textLength(text)));
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long best = ViewState.NO_TEXT;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        long text = ViewState.longAt(state, walk.next() + column);
        if (best == ViewState.NO_TEXT
            || (text != ViewState.NO_TEXT && before(layout, state, text, best))) {
          best = text;
        }
      }
      if (best == ViewState.NO_TEXT) {
        output.setNull(row);
      } else {
        row.setText(output.feature(), layout.text(state, best));
      }
    }
  }

  private boolean before(ViewState layout, byte[] state, long text, long best) {
    int at = layout.textAt(state, text);
    return compare(layout, state, at, ViewState.textLength(text), state, best) < 0;
  }
}
