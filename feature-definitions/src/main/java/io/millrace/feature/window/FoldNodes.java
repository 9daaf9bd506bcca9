package io.millrace.feature.window;

/**
 * Makes nodes of folds. A node is kept where it takes at most an eighth of the bytes below it, of
 * which each tile counts {@link Folds#HEAD} more; so all nodes take at most a seventh of that.
 * Where it is not, who reads goes down to the eight below, and finds there less than eight times
 * the bytes that it would have had to read in the node: so a window costs the logarithm of its
 * tiles times the size of what comes out, whatever the tiles hold.
 *
 * <p>Each tile is read once, whatever the number of levels. Not thread-safe; for one use.
 */
final class FoldNodes {
  /** How many times the bytes of a kept node there are below it, or more. */
  private static final int KEPT = 8;

  private final Folds folds;
  private final ViewState layout;
  private final TileTree tree;
  private final int lowest;
  private final int from;
  private final int to;
  private byte[] state;

  /**
   * @param lowest of the levels to make
   * @param from the nodes that stand for some of the tiles {@code [from, to)}, and no later one,
   *     are made; they hold nothing. All others are right.
   */
  FoldNodes(Folds folds, ViewState layout, TileTree tree, int lowest, int from, int to) {
    this.folds = folds;
    this.layout = layout;
    this.tree = tree;
    this.lowest = lowest;
    this.from = from;
    this.to = to;
  }

  /** The state with the nodes, a larger one if it had to grow. */
  byte[] made(byte[] without) {
    this.state = without;
    for (int level = TileTree.levels(to); level >= lowest; level--) {
      int shift = ViewState.FAN_BITS * level;
      for (int node = from >> shift; node < to >> shift; node++) {
        if (!isToBeMade(level + 1, node >> ViewState.FAN_BITS)) {
          make(level, node, null);
        }
      }
    }
    return state;
  }

  private boolean isToBeMade(int level, int node) {
    int shift = ViewState.FAN_BITS * level;
    return level >= lowest && node >= from >> shift && node < to >> shift;
  }

  /**
   * Makes a node and those below it.
   *
   * @param above takes in what the node holds; null for nobody
   * @return how many bytes must be read for it
   */
  private long make(int level, int node, Fold above) {
    Fold fold = folds.empty();
    long below = 0;
    for (int i = 0; i < TileTree.FAN; i++) {
      int child = node * TileTree.FAN + i;
      below +=
          isToBeMade(level - 1, child)
              ? make(level - 1, child, fold)
              : folds.gather(layout, state, tree, tree.place(level - 1, child), fold);
    }
    if (below == 0) {
      return 0;
    }
    FoldWriter written = new FoldWriter();
    fold.write(written);
    if (above != null) {
      above.merge(written.reader());
    }
    int place = tree.place(level, node);
    if ((long) KEPT * written.length() > below) {
      folds.leaveBelow(state, place);
      return below;
    }
    state = folds.put(layout, state, place, written);
    return written.length();
  }
}
