package io.millrace.feature.window;

import java.util.Arrays;

/**
 * The nodes of a track: each stands for eight tiles or nodes below it, see {@link ViewState}, so
 * that {@link TileWalk} steps over them at once. Immutable and thread-safe.
 */
final class TrackNodes {
  private static final int FAN_BITS = ViewState.FAN_BITS;
  private static final int FAN = TileTree.FAN;

  private final int index;
  private final boolean isOfEvents;
  private final Folds[] folds;

  /** All others, whose nodes need no more room than their columns. */
  private final Accumulator[] fixed;

  /**
   * @param index of the track among those of the state
   * @param accumulators of the track
   */
  TrackNodes(int index, Tiling tiling, Accumulator[] accumulators) {
    this.index = index;
    this.isOfEvents = tiling.isOfEvents();
    this.folds =
        Arrays.stream(accumulators)
            .filter(Folds.class::isInstance)
            .map(Folds.class::cast)
            .toArray(Folds[]::new);
    this.fixed =
        Arrays.stream(accumulators).filter(a -> !(a instanceof Folds)).toArray(Accumulator[]::new);
  }

  /**
   * Brings the nodes that stand for a tile up to date, after an event came into it.
   *
   * @param tile by its number
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  byte[] added(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    int levels = levelsAbove(layout, state, tile);
    if (levels == 0) {
      return state;
    }
    repair(layout, state, tile);
    TileTree tree = TileTree.of(layout, state, index);
    byte[] added = state;
    for (Folds fold : folds) {
      if (fold.takes(contribution)) {
        added = fold.addAbove(layout, added, tree, tile, levels, timeMs, order, contribution);
      }
    }
    return added;
  }

  /** Makes the nodes that stand for a tile, which changed, anew; those of folds are as before. */
  void repair(ViewState layout, byte[] state, int tile) {
    TileTree tree = TileTree.of(layout, state, index);
    int levels = levelsAbove(layout, state, tile);
    for (int level = 1; level <= levels; level++) {
      makeNode(layout, state, tree, level, tile >> FAN_BITS * level);
    }
  }

  private int levelsAbove(ViewState layout, byte[] state, int tile) {
    int built = layout.built(state, index);
    int levels = 0;
    while (tile >> FAN_BITS * (levels + 1) < built >> FAN_BITS * (levels + 1)) {
      levels++;
    }
    return levels;
  }

  /**
   * Makes the nodes that are missing, of all tiles but the newest, which still changes.
   *
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  byte[] build(ViewState layout, byte[] state) {
    int from = layout.built(state, index);
    int to = layout.tiles(state, index) - 1 & -FAN;
    return to > from && !isOfEvents ? sumUp(layout, state, 1, from, to) : state;
  }

  /**
   * Makes the nodes anew that do not go on where the oldest tiles left, and those that are missing.
   *
   * @param dropped how many left, see {@link StateRoom#without}
   * @return the state, a larger one if it had to grow; its tiles stay where they are
   */
  byte[] rebuild(ViewState layout, byte[] state, int dropped) {
    int lowest = StateRoom.levelsKept(dropped) + 1;
    return build(layout, sumUp(layout, state, lowest, 0, layout.built(state, index)));
  }

  private byte[] sumUp(ViewState layout, byte[] state, int lowest, int from, int to) {
    // Texts may move while nodes are made, so all must refer to what is there, or to nothing.
    TileTree tree = TileTree.of(layout, state, index);
    int levels = TileTree.levels(to);
    for (int level = lowest; level <= levels; level++) {
      for (int node = from >> FAN_BITS * level; node < to >> FAN_BITS * level; node++) {
        for (Folds fold : folds) {
          fold.clear(state, tree.place(level, node));
        }
        makeNode(layout, state, tree, level, node);
      }
    }
    layout.setBuilt(state, index, to);
    byte[] made = state;
    for (Folds fold : folds) {
      made = new FoldNodes(fold, layout, tree, lowest, from, to).made(made);
    }
    return made;
  }

  /** A node from the eight tiles or nodes below it. */
  private void makeNode(ViewState layout, byte[] state, TileTree tree, int level, int node) {
    int at = tree.place(level, node);
    int below = tree.place(level - 1, node * FAN);
    for (Accumulator accumulator : fixed) {
      accumulator.clear(state, at);
      for (int i = 0; i < FAN; i++) {
        accumulator.merge(layout, state, at, below + i * tree.width());
      }
    }
  }
}
