package io.millrace.feature.window;

import io.millrace.feature.window.Accumulator.Output;

/**
 * Goes over the tiles of windows, the newest first, in as few steps as their nodes allow: where a
 * node stands for eight tiles (or 64, or 512) that all are in the window, it is one step. So a
 * window of n tiles takes about 16 log8(n) steps, wherever it begins and ends.
 *
 * <pre>
 * tiles    . . . [x x . . . . . .][. . . . . . . .] . . .
 *              from              one node          to
 * </pre>
 *
 * <p>Windows that end with the same tile are walked in one go, the shortest first: {@link #begin}
 * once, then for each {@link #extendTo}, {@link #hasNext}, {@link #next}. One walk serves all
 * tracks of a state in turn. Not thread-safe.
 */
final class TileWalk {
  private final int[] froms;
  private final int[] tos;

  private int base;
  private int width;
  private int capacity;
  private int built;
  private boolean byNodes;
  private int i;
  private int from;

  /**
   * @param windows how many windows the track with the most of them has
   */
  TileWalk(int windows) {
    this.froms = new int[windows];
    this.tos = new int[windows];
  }

  /** Turns to a track; what windows hold is set next. */
  void of(ViewState layout, byte[] state, int track, int trackBase) {
    this.base = trackBase;
    this.width = layout.tileBytes(track);
    this.capacity = layout.capacity(state, track);
    this.built = layout.built(state, track);
  }

  /** Says that a window of the track, by its number, holds the tiles {@code [first, end)}. */
  void set(int window, int first, int end) {
    froms[window] = first;
    tos[window] = end;
  }

  /** How many tiles are before the end of the window of the output. */
  int to(Output output) {
    return tos[output.windowNumber];
  }

  /**
   * Starts at the end of a group's windows.
   *
   * @param nodes whether nodes may stand for tiles
   */
  void begin(Output[] group, boolean nodes) {
    this.i = tos[group[0].windowNumber];
    this.from = i;
    this.byNodes = nodes;
  }

  /** Goes on to the begin of an output's window, which is not behind that of the last. */
  void extendTo(Output output) {
    this.from = froms[output.windowNumber];
  }

  boolean hasNext() {
    return i > from;
  }

  /** Where the next tile or node lies. */
  int next() {
    if (!byNodes || (i & 7) != 0 || i - 8 < from || i > built) {
      i--;
      return base + i * width;
    }
    // The largest node that ends here and does not begin before the window.
    int level = 1;
    int span = 8;
    while ((i & (span * 8 - 1)) == 0 && i - span * 8 >= from) {
      span *= 8;
      level++;
    }
    i -= span;
    int node = i >> ViewState.FAN_BITS * level;
    return base + (ViewState.levelAt(capacity, level) + node) * width;
  }
}
