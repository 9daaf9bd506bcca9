package io.millrace.feature.window;

import java.util.Arrays;

/**
 * The packed value of one key and view. Little-endian; tiles of a track lie side by side, oldest
 * first; a track without tiles takes no room but its count.
 *
 * <pre>
 *  0  u8   version, 1
 *  1  u8   tracks
 *  2  u16  zero
 *  4  u32  layout: a hash of the tracks' resolutions and columns
 *  8  i64  sequence: rows made of this key
 * 16  i64  time of the last event, ms
 * 24  i64  tiles of track 0 | i64 tiles of track 1 | ...
 *     then the tiles of track 0, of track 1, ...; a tile: i64 start, then its columns ({@link Column})
 * </pre>
 *
 * Illegal: a version other than 1, a layout other than the view's, a length other than the counts
 * say. Such a value was written by another version of Millrace or of the view, and is refused.
 */
final class ViewState {
  static final int VERSION = 1;

  private static final int LAYOUT = 4;
  private static final int SEQUENCE = 8;
  private static final int LAST_EVENT = 16;
  private static final int COUNTS = 24;

  private ViewState() {}

  static byte[] create(Track[] tracks, int layout) {
    byte[] state = new byte[COUNTS + tracks.length * Long.BYTES];
    state[0] = VERSION;
    state[1] = (byte) tracks.length;
    for (int i = 0; i < 4; i++) {
      state[LAYOUT + i] = (byte) (layout >>> (8 * i));
    }
    Longs.set(state, LAST_EVENT, Long.MIN_VALUE);
    return state;
  }

  /**
   * @throws IllegalArgumentException if this is not a state of such tracks
   */
  static void check(byte[] state, Track[] tracks, int layout, String view) {
    if (state.length < COUNTS || state[0] != VERSION) {
      throw new IllegalArgumentException(
          "the state of "
              + view
              + " has version "
              + (state.length == 0 ? "none" : Byte.toString(state[0]))
              + ", but this version of Millrace reads "
              + VERSION);
    }
    int found = 0;
    for (int i = 3; i >= 0; i--) {
      found = found << 8 | (state[LAYOUT + i] & 0xFF);
    }
    if (state[1] != tracks.length || found != layout) {
      throw new IllegalArgumentException(
          "the state of "
              + view
              + " has the layout of other features; give the changed view a new version");
    }
  }

  static long sequence(byte[] state) {
    return Longs.get(state, SEQUENCE);
  }

  static void sequence(byte[] state, long value) {
    Longs.set(state, SEQUENCE, value);
  }

  static long lastEventMs(byte[] state) {
    return Longs.get(state, LAST_EVENT);
  }

  static void lastEventMs(byte[] state, long value) {
    Longs.set(state, LAST_EVENT, value);
  }

  static int tiles(byte[] state, int track) {
    return (int) Longs.get(state, COUNTS + track * Long.BYTES);
  }

  private static void tiles(byte[] state, int track, int count) {
    Longs.set(state, COUNTS + track * Long.BYTES, count);
  }

  /** Where the tiles of a track begin. */
  static int offsetOf(byte[] state, Track[] tracks, int track) {
    int offset = COUNTS + tracks.length * Long.BYTES;
    for (int i = 0; i < track; i++) {
      offset += tiles(state, i) * tracks[i].tileBytes();
    }
    return offset;
  }

  /** The first tile whose start is at least {@code startMs}, by binary search; count if none. */
  static int firstTileFrom(byte[] state, int offset, int count, int tileBytes, long startMs) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Longs.get(state, offset + middle * tileBytes) < startMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A copy with an empty tile at {@code index} of the track. */
  static byte[] insertTile(
      byte[] state, Track[] tracks, int track, int index, int trackOffset, long startMs) {
    int tileBytes = tracks[track].tileBytes();
    int at = trackOffset + index * tileBytes;
    byte[] larger = Arrays.copyOf(state, state.length + tileBytes);
    System.arraycopy(state, at, larger, at + tileBytes, state.length - at);
    Arrays.fill(larger, at, at + tileBytes, (byte) 0);
    Longs.set(larger, at, startMs);
    tiles(larger, track, tiles(state, track) + 1);
    return larger;
  }

  /** A copy without the first tiles of each track. */
  static byte[] dropTiles(byte[] state, Track[] tracks, int[] dropped) {
    int bytes = 0;
    for (int i = 0; i < tracks.length; i++) {
      bytes += dropped[i] * tracks[i].tileBytes();
    }
    byte[] smaller = new byte[state.length - bytes];
    int from = COUNTS + tracks.length * Long.BYTES;
    int to = from;
    System.arraycopy(state, 0, smaller, 0, from);
    for (int i = 0; i < tracks.length; i++) {
      int tileBytes = tracks[i].tileBytes();
      int kept = tiles(state, i) - dropped[i];
      System.arraycopy(state, from + dropped[i] * tileBytes, smaller, to, kept * tileBytes);
      from += tiles(state, i) * tileBytes;
      to += kept * tileBytes;
      tiles(smaller, i, kept);
    }
    return smaller;
  }
}
