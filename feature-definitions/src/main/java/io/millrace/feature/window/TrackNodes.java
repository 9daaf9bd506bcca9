package io.millrace.feature.window;

import java.util.Arrays;

/**
 * The nodes of a track: each stands for eight tiles or nodes below it, see {@link ViewState}, so
 * that {@link TileWalk} steps over them at once. Immutable and thread-safe.
 */
final class TrackNodes {
  private static final int FAN_BITS = ViewState.FAN_BITS;
  private static final int FAN = 1 << FAN_BITS;

  private final int index;
  private final boolean isOfEvents;
  private final Accumulator[] summable;

  /**
   * @param index of the track among those of the state
   * @param accumulators of the track; nodes hold what those hold that can be summed up
   */
  TrackNodes(int index, Tiling tiling, Accumulator[] accumulators) {
    this.index = index;
    this.isOfEvents = tiling.isOfEvents();
    this.summable =
        Arrays.stream(accumulators).filter(Accumulator::isSummable).toArray(Accumulator[]::new);
  }

  /** Makes the nodes that stand for a tile, which changed, anew. */
  void repair(ViewState layout, byte[] state, int tile) {
    int built = layout.built(state, index);
    int base = layout.base(state, index);
    for (int level = 1; tile >> FAN_BITS * level < built >> FAN_BITS * level; level++) {
      makeNode(layout, state, base, level, tile >> FAN_BITS * level);
    }
  }

  /** Makes the nodes that are missing, of all tiles but the newest, which still changes. */
  void build(ViewState layout, byte[] state) {
    int from = layout.built(state, index);
    int to = layout.tiles(state, index) - 1 & -FAN;
    if (to > from && !isOfEvents) {
      layout.setBuilt(state, index, to);
      sumUp(layout, state, 1, from, to);
    }
  }

  /** Makes the nodes above the first level anew, and those that are missing. */
  void rebuild(ViewState layout, byte[] state) {
    sumUp(layout, state, 2, 0, layout.built(state, index));
    build(layout, state);
  }

  private void sumUp(ViewState layout, byte[] state, int lowest, int from, int to) {
    int base = layout.base(state, index);
    for (int level = lowest; to >> FAN_BITS * level > 0; level++) {
      for (int node = from >> FAN_BITS * level; node < to >> FAN_BITS * level; node++) {
        makeNode(layout, state, base, level, node);
      }
    }
  }

  /** A node from the eight tiles or nodes below it. */
  private void makeNode(ViewState layout, byte[] state, int base, int level, int node) {
    int tileBytes = layout.tileBytes(index);
    int capacity = layout.capacity(state, index);
    int at = base + (ViewState.levelAt(capacity, level) + node) * tileBytes;
    int below = base + (ViewState.levelAt(capacity, level - 1) + node * FAN) * tileBytes;
    for (Accumulator accumulator : summable) {
      accumulator.clear(state, at);
      for (int i = 0; i < FAN; i++) {
        accumulator.merge(layout, state, at, below + i * tileBytes);
      }
    }
  }
}
