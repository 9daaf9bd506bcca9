package io.millrace.feature.window;

/**
 * Room in packed states: tiles and texts come and go, in place while there is room and into a
 * larger or smaller array where there is not. Immutable and thread-safe; see {@link ViewState} for
 * what lies where.
 */
final class StateRoom {
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
   * smaller one with compacted texts if much of this one is no longer used. Nodes of the first
   * level go on, if a multiple of eight tiles left; the caller makes the higher ones anew, and all
   * of tracks with texts that moved, see {@link TrackNodes#rebuild}.
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
        int kept = layout.tiles(state, track) - dropped[track];
        int width = tileBytes[track];
        int base = layout.base(state, track);
        System.arraycopy(state, base + dropped[track] * width, state, base, kept * width);
        int capacity = layout.capacity(state, track);
        int built = Math.max(0, layout.built(state, track) - dropped[track]);
        int nodes = base + capacity * width;
        int left = (dropped[track] >> ViewState.FAN_BITS) * width;
        System.arraycopy(state, nodes + left, state, nodes, (built >> ViewState.FAN_BITS) * width);
        layout.setTrack(state, track, kept, capacity, built);
      }
    }
    return state;
  }

  /**
   * The state with room for more text, a larger one with its texts compacted if they are full. Then
   * no nodes stand for tiles with texts, until {@link TrackNodes#build} makes them anew.
   */
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
    // Measure, copy the header, copy the tiles, then move their texts one by one.
    long textBytes = 0;
    long size = layout.headerBytes();
    for (int track = 0; track < tileBytes.length; track++) {
      size += ViewState.slots(capacities[track]) * tileBytes[track];
      for (int column : textColumns[track]) {
        int base = layout.base(state, track) + column;
        for (int i = dropped[track]; i < layout.tiles(state, track); i++) {
          textBytes += ViewState.textLength(ViewState.longAt(state, base + i * tileBytes[track]));
        }
      }
    }
    textBytes += textRoom;
    byte[] rebuilt = new byte[layout.arraySize(size + textBytes + textBytes / 2)];
    System.arraycopy(state, 0, rebuilt, 0, ViewState.TRACKS);
    layout.setTextUsed(rebuilt, 0);
    for (int track = 0; track < tileBytes.length; track++) {
      int kept = layout.tiles(state, track) - dropped[track];
      int width = tileBytes[track];
      // Nodes refer to texts of tiles, which move.
      int built =
          textColumns[track].length > 0
              ? 0
              : Math.max(0, layout.built(state, track) - dropped[track]);
      layout.setTrack(rebuilt, track, kept, capacities[track], built);
      int from = layout.base(state, track);
      int to = layout.base(rebuilt, track);
      System.arraycopy(state, from + dropped[track] * width, rebuilt, to, kept * width);
      // All levels where nothing leaves; else the first, and the others are made anew.
      for (int level = 1; built >> ViewState.FAN_BITS * level > 0; level++) {
        int nodes = from + ViewState.levelAt(layout.capacity(state, track), level) * width;
        System.arraycopy(
            state,
            nodes + (dropped[track] >> ViewState.FAN_BITS * level) * width,
            rebuilt,
            to + ViewState.levelAt(capacities[track], level) * width,
            (built >> ViewState.FAN_BITS * level) * width);
      }
    }
    int oldTexts = layout.base(state, tileBytes.length);
    for (int track = 0; track < tileBytes.length; track++) {
      for (int column : textColumns[track]) {
        int base = layout.base(rebuilt, track) + column;
        for (int i = 0; i < layout.tiles(rebuilt, track); i++) {
          int at = base + i * tileBytes[track];
          long text = ViewState.longAt(rebuilt, at);
          if (text != ViewState.NO_TEXT) {
            int from = oldTexts + ViewState.textOffset(text);
            ViewState.putLong(
                rebuilt,
                at,
                layout.putText(
                    rebuilt, ViewState.NO_TEXT, state, from, ViewState.textLength(text)));
          }
        }
      }
    }
    return rebuilt;
  }
}
