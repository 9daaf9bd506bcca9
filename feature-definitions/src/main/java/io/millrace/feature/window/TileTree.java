package io.millrace.feature.window;

/**
 * Where the tiles of a track and their nodes lie in a state, see {@link ViewState}.
 *
 * @param base where the first tile lies
 * @param width of a tile or node, in bytes
 * @param capacity for how many tiles there is room
 */
record TileTree(int base, int width, int capacity) {
  static final int FAN = 1 << ViewState.FAN_BITS;

  static TileTree of(ViewState layout, byte[] state, int track) {
    return new TileTree(
        layout.base(state, track), layout.tileBytes(track), layout.capacity(state, track));
  }

  /** Where a node of a level lies, or of level 0 a tile. */
  int place(int level, int node) {
    return base + (ViewState.levelAt(capacity, level) + node) * width;
  }

  /** Where the first of the eight below a node lies; the others follow. */
  int below(int place) {
    int slot = (place - base) / width;
    int firstBelow = 0;
    int first = capacity;
    int nodes = capacity >> ViewState.FAN_BITS;
    while (slot >= first + nodes) {
      firstBelow = first;
      first += nodes;
      nodes >>= ViewState.FAN_BITS;
    }
    return base + (firstBelow + (slot - first) * FAN) * width;
  }

  boolean isTile(int place) {
    return place < base + capacity * width;
  }

  /** How many levels of nodes stand for so many tiles. */
  static int levels(int tiles) {
    int levels = 0;
    while (tiles >> ViewState.FAN_BITS * (levels + 1) > 0) {
      levels++;
    }
    return levels;
  }
}
