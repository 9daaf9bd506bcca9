package io.millrace.feature.window;

/**
 * Room in packed states: tiles and texts come and go, in place while there is room and into a
 * larger or smaller array where there is not. Immutable and thread-safe; see {@link ViewState} for
 * what lies where.
 */
final class StateRoom {
  private static final int FAN_BITS = ViewState.FAN_BITS;

  private final ViewState layout;
  private final int[] tileBytes;
  private final int[][] textColumns;

  /**
   * @param tileBytes of each track
   * @param textColumns of each track: where in a tile there are references to texts
   */
  StateRoom(ViewState layout, int[] tileBytes, int[][] textColumns) {
    this.layout = layout;
    this.tileBytes = tileBytes;
    this.textColumns = textColumns;
  }

  /**
   * Opens a tile whose columns the caller must fill; the later ones move up.
   *
   * @param index where it belongs by its start
   * @return the state, a larger one if the track was full
   */
  byte[] insertTile(byte[] state, int track, int index, long startMs) {
    int tiles = layout.tiles(state, track);
    int capacity = layout.capacity(state, track);
    byte[] roomy = state;
    if (tiles == capacity) {
      capacity = ViewState.withSlack(capacity);
      roomy = grown(state, track, capacity);
    }
    int width = tileBytes[track];
    int at = layout.base(roomy, track) + index * width;
    System.arraycopy(roomy, at, roomy, at + width, (tiles - index) * width);
    ViewState.putLong(roomy, at, startMs);
    layout.setTrack(roomy, track, tiles + 1, capacity, Math.min(layout.built(roomy, track), index));
    return roomy;
  }

  /** Keeps the first tiles only; nodes stand for none. */
  void cutTo(byte[] state, int track, int tiles) {
    layout.setTrack(state, track, tiles, layout.capacity(state, track), 0);
  }

  /** Closes a tile; the later ones move down. What it referred to stays until a compaction. */
  void removeTile(byte[] state, int track, int index) {
    int tiles = layout.tiles(state, track);
    int width = tileBytes[track];
    int at = layout.base(state, track) + index * width;
    System.arraycopy(state, at + width, state, at, (tiles - index - 1) * width);
    int built = Math.min(layout.built(state, track), index);
    layout.setTrack(state, track, tiles - 1, layout.capacity(state, track), built);
  }

  private byte[] grown(byte[] state, int track, int capacity) {
    int width = tileBytes[track];
    int old = layout.capacity(state, track);
    int base = layout.base(state, track);
    int end = layout.base(state, track + 1);
    long more = (ViewState.slots(capacity) - ViewState.slots(old)) * width;
    byte[] larger = new byte[layout.arraySize(state.length + more)];
    System.arraycopy(state, 0, larger, 0, base + old * width);
    int built = layout.built(state, track);
    for (int level = 1; built >> ViewState.FAN_BITS * level > 0; level++) {
      int from = base + ViewState.levelAt(old, level) * width;
      int to = base + ViewState.levelAt(capacity, level) * width;
      System.arraycopy(state, from, larger, to, (built >> ViewState.FAN_BITS * level) * width);
    }
    System.arraycopy(state, end, larger, end + (int) more, state.length - end);
    return larger;
  }

  /**
   * The state without the first {@code dropped[track]} tiles of each track: the same array, or a
   * smaller one with compacted texts if much of this one is no longer used. Nodes of {@link
   * #levelsKept} go on; the caller makes the higher ones anew, see {@link TrackNodes#rebuild}.
   */
  byte[] without(byte[] state, int[] dropped) {
    long used = layout.headerBytes() + layout.textUsed(state);
    for (int track = 0; track < tileBytes.length; track++) {
      used +=
          ViewState.slots(ViewState.withSlack(layout.tiles(state, track) - dropped[track]))
              * tileBytes[track];
    }
    if (used * 2 < state.length) {
      int[] capacities = new int[tileBytes.length];
      for (int track = 0; track < capacities.length; track++) {
        capacities[track] = ViewState.withSlack(layout.tiles(state, track) - dropped[track]);
      }
      return rebuilt(state, dropped, capacities, 0);
    }
    for (int track = 0; track < tileBytes.length; track++) {
      if (dropped[track] > 0) {
        copyKept(state, state, track, dropped[track], TileTree.of(layout, state, track));
      }
    }
    return state;
  }

  /** Of how many levels nodes stay right when so many tiles, the oldest, leave. */
  static int levelsKept(int dropped) {
    return dropped == 0 ? Integer.MAX_VALUE : Integer.numberOfTrailingZeros(dropped) / FAN_BITS;
  }

  /** Copies the tiles that stay, and the nodes that stay right, to where they belong. */
  private void copyKept(byte[] state, byte[] to, int track, int dropped, TileTree target) {
    TileTree source = TileTree.of(layout, state, track);
    int kept = layout.tiles(state, track) - dropped;
    int built = Math.max(0, layout.built(state, track) - dropped);
    int width = source.width();
    System.arraycopy(state, source.place(0, dropped), to, target.base(), kept * width);
    int levels = Math.min(TileTree.levels(built), levelsKept(dropped));
    for (int level = 1; level <= levels; level++) {
      System.arraycopy(
          state,
          source.place(level, dropped >> FAN_BITS * level),
          to,
          target.place(level, 0),
          (built >> FAN_BITS * level) * width);
    }
    layout.setTrack(to, track, kept, target.capacity(), built);
  }

  /** The state with room for more text, a larger one with its texts compacted if they are full. */
  byte[] withTextRoom(byte[] state, int bytes) {
    if (layout.base(state, tileBytes.length) + (long) layout.textUsed(state) + bytes
        <= state.length) {
      return state;
    }
    int[] capacities = new int[tileBytes.length];
    for (int track = 0; track < capacities.length; track++) {
      capacities[track] = layout.capacity(state, track);
    }
    return rebuilt(state, new int[tileBytes.length], capacities, bytes);
  }

  private byte[] rebuilt(byte[] state, int[] dropped, int[] capacities, int textRoom) {
    // Measure, copy the header, copy the tiles and nodes, then move their texts one by one.
    long size = layout.headerBytes();
    for (int track = 0; track < tileBytes.length; track++) {
      size += ViewState.slots(capacities[track]) * tileBytes[track];
    }
    long textBytes = textRoom + moveTexts(state, dropped, null);
    byte[] rebuilt = new byte[layout.arraySize(size + textBytes + textBytes / 2)];
    System.arraycopy(state, 0, rebuilt, 0, ViewState.TRACKS);
    layout.setTextUsed(rebuilt, 0);
    int base = (int) layout.headerBytes();
    for (int track = 0; track < tileBytes.length; track++) {
      TileTree target = new TileTree(base, tileBytes[track], capacities[track]);
      copyKept(state, rebuilt, track, dropped[track], target);
      base += (int) ViewState.slots(capacities[track]) * tileBytes[track];
    }
    moveTexts(state, dropped, rebuilt);
    return rebuilt;
  }

  /**
   * Copies the texts of the tiles that stay, and of their nodes, end to end.
   *
   * @param to refers to the texts as they were; null if they are only to be measured
   * @return how many bytes they have
   */
  private long moveTexts(byte[] state, int[] dropped, byte[] to) {
    long bytes = 0;
    for (int track = 0; track < tileBytes.length; track++) {
      for (int column : textColumns[track]) {
        TileTree source = TileTree.of(layout, state, track);
        TileTree target = to == null ? source : TileTree.of(layout, to, track);
        int without = dropped[track];
        int built = Math.max(0, layout.built(state, track) - without);
        for (int i = 0; i < layout.tiles(state, track) - without; i++) {
          int from = source.place(0, without + i) + column;
          bytes += moveText(state, from, to, target.place(0, i) + column);
        }
        int levels = Math.min(TileTree.levels(built), levelsKept(without));
        for (int level = 1; level <= levels; level++) {
          for (int i = 0; i < built >> FAN_BITS * level; i++) {
            int node = (without >> FAN_BITS * level) + i;
            int from = source.place(level, node) + column;
            int at = target.place(level, i) + column;
            int sharer = sharer(state, source, level, node, column);
            if (sharer < 0) {
              bytes += moveText(state, from, to, at);
            } else if (to != null) {
              int below = target.place(level - 1, i * TileTree.FAN + sharer) + column;
              ViewState.putLong(to, at, ViewState.longAt(to, below));
            }
          }
        }
      }
    }
    return bytes;
  }

  /** Which of the eight below refers to the same text as a node, or -1 if that is its own. */
  private static int sharer(byte[] state, TileTree tree, int level, int node, int column) {
    long text = ViewState.longAt(state, tree.place(level, node) + column);
    int below = tree.place(level - 1, node * TileTree.FAN) + column;
    for (int i = 0; i < TileTree.FAN && text >= 0; i++) {
      if (ViewState.longAt(state, below + i * tree.width()) == text) {
        return i;
      }
    }
    return -1;
  }

  private int moveText(byte[] state, int from, byte[] to, int at) {
    long text = ViewState.longAt(state, from);
    // What is less refers to no text.
    int length = text < 0 ? 0 : ViewState.textLength(text);
    if (to != null && text >= 0) {
      int lies = layout.textAt(state, text);
      ViewState.putLong(to, at, layout.putText(to, ViewState.NO_TEXT, state, lies, length));
    }
    return length;
  }
}
