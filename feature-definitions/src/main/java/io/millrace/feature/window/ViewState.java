package io.millrace.feature.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The packed state of a key and view: one byte array, read and changed in place. Numbers are
 * little-endian; a tile is some numbers of 64 bits, its start first, see {@link TrackLayout}.
 *
 * <pre>
 * at       bytes
 *  0       1   version, 2
 *  1       1   1 if the older instants of an exact track were joined, or events dropped; else 0
 *  2       2   zero
 *  4       4   fingerprint of the view's tracks and columns
 *  8       8   time of the last event
 * 16       8   the latest instant as of which the state was expired, or Long.MIN_VALUE
 * 24       8   rows made
 * 32       4   bytes used of the texts
 * 36    12*T   for each track: tiles (4), capacity in tiles (4), tiles that nodes stand for (4)
 *  .       .   for each track: its tiles in ascending order of start, then unused tiles, then nodes
 *  .       .   texts: UTF-8, end to end, then unused bytes up to the end of the array
 * </pre>
 *
 * <p>A node is as wide as a tile and holds what eight tiles hold together, or eight nodes: first
 * those of the tiles {@code [0, 8), [8, 16), ...}, then those of {@code [0, 64), [64, 128), ...},
 * and so on, as many as the capacity asks for. Those that end at or before "tiles that nodes stand
 * for" are right, the others are not; see {@link TileWalk}.
 *
 * <p>A column that holds a text holds {@code offset << 32 | length} in the texts, or {@link
 * #NO_TEXT}. That of a node is a tile's, or one of its own; a negative number other than {@link
 * #NO_TEXT} refers to none, see {@link Folds}. Texts that are no longer referred to stay until the
 * next compaction. The empty array is the state of a key that was never seen.
 *
 * <p>Illegal, and refused by {@link #check}: another version or fingerprint; fewer bytes than the
 * header; a negative number of tiles or one above the capacity; tracks or texts that overrun the
 * array. Immutable and thread-safe; the arrays belong to the caller.
 */
final class ViewState {
  static final byte VERSION = 2;
  static final long NO_TEXT = -1;
  private static final int COARSE = 1;
  private static final int FINGERPRINT = 4;
  private static final int LAST_EVENT = 8;
  private static final int EXPIRED = 16;
  private static final int SEQUENCE = 24;
  private static final int TEXT_USED = 32;
  static final int TRACKS = 36;
  private static final int TRACK_BYTES = 12;

  /** How many tiles or nodes a node stands for, as a power of two. */
  static final int FAN_BITS = 3;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private final String view;
  private final List<TrackLayout> tracks;
  private final int fingerprint;
  private final int[] tileBytes;
  private final int[][] textColumns;
  private final StateRoom room;
  private final long[] units;
  private final int[][] views;

  /**
   * @param view the view's id, for messages
   */
  ViewState(String view, List<TrackLayout> tracks) {
    this.view = view;
    this.tracks = List.copyOf(tracks);
    CRC32 crc = new CRC32();
    crc.update(TrackLayout.describe(tracks).getBytes(StandardCharsets.UTF_8));
    this.fingerprint = (int) crc.getValue();
    this.tileBytes = tracks.stream().mapToInt(TrackLayout::tileBytes).toArray();
    this.textColumns = tracks.stream().map(TrackLayout::textPlaces).toArray(int[][]::new);
    this.room = new StateRoom(this, tileBytes, textColumns);
    this.units = tracks.stream().mapToLong(TrackLayout::unitOfStarts).toArray();
    this.views = tracks.stream().map(TrackLayout::columnViews).toArray(int[][]::new);
  }

  /** Where tiles and texts come and go. */
  StateRoom room() {
    return room;
  }

  List<TrackLayout> tracks() {
    return tracks;
  }

  /** What tells a state of this layout from others. */
  int fingerprint() {
    return fingerprint;
  }

  /** What tells a state, not an empty one, from those of other layouts. */
  static int fingerprintOf(byte[] state) {
    return (int) INT.get(state, FINGERPRINT);
  }

  /** The view's id. */
  String view() {
    return view;
  }

  static long longAt(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  static void putLong(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  static double doubleAt(byte[] bytes, int at) {
    return Double.longBitsToDouble((long) LONG.get(bytes, at));
  }

  static void putDouble(byte[] bytes, int at, double value) {
    LONG.set(bytes, at, Double.doubleToRawLongBits(value));
  }

  /**
   * The first of the tiles {@code [0, tiles)} that starts at {@code startMs} or later, or {@code
   * tiles} if all start before it.
   */
  static int firstFrom(byte[] state, int base, int tileBytes, int tiles, long startMs) {
    int low = 0;
    int high = tiles;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (longAt(state, base + middle * tileBytes) < startMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * As {@link #firstFrom}, quicker where it is one of the first tiles, or one of those that follow
   * a guess.
   *
   * @param guess any number; 0 if there is none
   */
  static int firstFromNear(
      byte[] state, int base, int tileBytes, int tiles, long startMs, int guess) {
    boolean isNoneBefore =
        guess > 0 && guess <= tiles && longAt(state, base + (guess - 1) * tileBytes) < startMs;
    int low = isNoneBefore ? guess : 0;
    int high = low;
    for (int step = 1; high < tiles && longAt(state, base + high * tileBytes) < startMs; ) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    high = Math.min(high, tiles);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (longAt(state, base + middle * tileBytes) < startMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Of what the starts of a track's tiles are multiples, or 0 if they do not ascend. */
  long unitOfStarts(int track) {
    return units[track];
  }

  /** Where in a tile of a track there are references to texts, in bytes; not to be changed. */
  int[] textColumns(int track) {
    return textColumns[track];
  }

  /** What the 64 bits of a number of a tile stand for, see {@link PackedColumn}. */
  int columnView(int track, int column) {
    return views[track][column];
  }

  /** A state without events, with room for one tile in each track. */
  byte[] create() {
    return create(new int[tileBytes.length], 0);
  }

  /** A state of so many tiles and bytes of texts, which the caller must fill. */
  byte[] create(int[] tiles, int texts) {
    long bytes = TRACKS + (long) TRACK_BYTES * tileBytes.length + texts;
    for (int track = 0; track < tileBytes.length; track++) {
      bytes += slots(withSlack(tiles[track])) * tileBytes[track];
    }
    byte[] state = new byte[arraySize(bytes)];
    state[0] = VERSION;
    INT.set(state, FINGERPRINT, fingerprint);
    putLong(state, LAST_EVENT, Long.MIN_VALUE);
    putLong(state, EXPIRED, Long.MIN_VALUE);
    for (int track = 0; track < tileBytes.length; track++) {
      setTrack(state, track, tiles[track], withSlack(tiles[track]), 0);
    }
    INT.set(state, TEXT_USED, texts);
    return state;
  }

  /** Sets the texts of a state that {@link #create(int[], int)} made. */
  void putTexts(byte[] state, byte[] texts) {
    System.arraycopy(texts, 0, state, base(state, tileBytes.length), texts.length);
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a state of this view and that version
   */
  void requireStored(byte[] stored, byte version) {
    if (stored[0] != version) {
      throw new IllegalArgumentException(
          "this stored state of "
              + view
              + " has version "
              + (stored[0] & 0xFF)
              + ", but this release reads versions "
              + StatePacker.OLD_VERSION
              + " and "
              + StatePacker.VERSION
              + "; run the release that wrote it");
    }
    requireFingerprint(fingerprintOf(stored));
  }

  /**
   * A state that was stored with version 1: as the picture shows, but without nodes, so that a
   * track has 8 bytes in the header, and its tiles and capacity are all there is.
   */
  byte[] ofVersion1(byte[] stored) {
    requireStored(stored, StatePacker.OLD_VERSION);
    int[] tiles = new int[tileBytes.length];
    int[] bases = new int[tileBytes.length];
    int at = TRACKS + 8 * tileBytes.length;
    for (int track = 0; track < tileBytes.length; track++) {
      tiles[track] = (int) INT.get(stored, TRACKS + 8 * track);
      bases[track] = at;
      at += (int) INT.get(stored, TRACKS + 8 * track + 4) * tileBytes[track];
    }
    int texts = (int) INT.get(stored, TEXT_USED);
    byte[] state = create(tiles, texts);
    System.arraycopy(stored, LAST_EVENT, state, LAST_EVENT, TEXT_USED - LAST_EVENT);
    for (int track = 0; track < tileBytes.length; track++) {
      int length = tiles[track] * tileBytes[track];
      System.arraycopy(stored, bases[track], state, base(state, track), length);
    }
    System.arraycopy(stored, at, state, base(state, tileBytes.length), texts);
    return state;
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a state of this view, saying what they
   *     are and what to do
   */
  void check(byte[] state) {
    if (state[0] != VERSION) {
      throw new IllegalArgumentException(
          "this state of "
              + view
              + " has version "
              + (state[0] & 0xFF)
              + ", but this release reads version "
              + VERSION
              + " only; run the release that wrote it");
    }
    if (state.length < TRACKS + TRACK_BYTES * tileBytes.length) {
      throw corrupt(state, "it is shorter than its header");
    }
    requireFingerprint(fingerprintOf(state));
    long end = TRACKS + (long) TRACK_BYTES * tileBytes.length;
    for (int track = 0; track < tileBytes.length; track++) {
      int tiles = tiles(state, track);
      int capacity = capacity(state, track);
      int built = built(state, track);
      if (tiles < 0 || tiles > capacity || built < 0 || built > tiles) {
        throw corrupt(
            state,
            "track " + track + " has " + tiles + " tiles of " + capacity + ", " + built + " built");
      }
      end += slots(capacity) * tileBytes[track];
    }
    int textUsed = textUsed(state);
    if (textUsed < 0 || end + textUsed > state.length) {
      throw corrupt(state, "tracks end at " + end + " and texts use " + textUsed + " bytes");
    }
  }

  private void requireFingerprint(int found) {
    if (found != fingerprint) {
      throw new IllegalArgumentException(
          String.format(
              "this state has the fingerprint %08x, but that of %s is %08x: it belongs to another"
                  + " view or to features that changed, and was not migrated; restore it with"
                  + " the layout it was written with, or give the changed view a new version"
                  + " and backfill it",
              found, view, fingerprint));
    }
  }

  private IllegalArgumentException corrupt(byte[] state, String why) {
    return new IllegalArgumentException(
        "this state of "
            + view
            + " is damaged: of its "
            + state.length
            + " bytes, "
            + why
            + "; restore it from a checkpoint or backfill the view");
  }

  /** Whether what is older is not kept to the event. */
  boolean isCoarse(byte[] state) {
    return state[COARSE] != 0;
  }

  void setCoarse(byte[] state, boolean coarse) {
    state[COARSE] = (byte) (coarse ? 1 : 0);
  }

  long lastEventMs(byte[] state) {
    return longAt(state, LAST_EVENT);
  }

  void setLastEventMs(byte[] state, long timeMs) {
    putLong(state, LAST_EVENT, timeMs);
  }

  long expiredMs(byte[] state) {
    return longAt(state, EXPIRED);
  }

  void setExpiredMs(byte[] state, long asOfMs) {
    putLong(state, EXPIRED, asOfMs);
  }

  long sequence(byte[] state) {
    return longAt(state, SEQUENCE);
  }

  void setSequence(byte[] state, long sequence) {
    putLong(state, SEQUENCE, sequence);
  }

  int tiles(byte[] state, int track) {
    return (int) INT.get(state, TRACKS + TRACK_BYTES * track);
  }

  /**
   * When the newest tile of a track begins, which has one.
   *
   * @param bases where the tracks lie
   */
  long newestMs(byte[] state, int track, int[] bases) {
    return longAt(state, bases[track] + (tiles(state, track) - 1) * tileBytes[track]);
  }

  int capacity(byte[] state, int track) {
    return (int) INT.get(state, TRACKS + TRACK_BYTES * track + 4);
  }

  /** How many tiles, the oldest, nodes stand for. */
  int built(byte[] state, int track) {
    return (int) INT.get(state, TRACKS + TRACK_BYTES * track + 8);
  }

  void setBuilt(byte[] state, int track, int built) {
    INT.set(state, TRACKS + TRACK_BYTES * track + 8, built);
  }

  void setTrack(byte[] state, int track, int tiles, int capacity, int built) {
    INT.set(state, TRACKS + TRACK_BYTES * track, tiles);
    INT.set(state, TRACKS + TRACK_BYTES * track + 4, capacity);
    INT.set(state, TRACKS + TRACK_BYTES * track + 8, built);
  }

  /** What comes before the first tile. */
  long headerBytes() {
    return TRACKS + (long) TRACK_BYTES * tileBytes.length;
  }

  /** Room for tiles and their nodes, in tiles. */
  static long slots(int capacity) {
    long slots = capacity;
    for (int nodes = capacity >> FAN_BITS; nodes > 0; nodes >>= FAN_BITS) {
      slots += nodes;
    }
    return slots;
  }

  /** Where the first node of a level lies after the first tile of the track, in tiles. */
  static int levelAt(int capacity, int level) {
    int at = 0;
    for (int below = 0; below < level; below++) {
      at += capacity >> FAN_BITS * below;
    }
    return at;
  }

  /** How many bytes a tile of the track has. */
  int tileBytes(int track) {
    return tileBytes[track];
  }

  /** Where the track's first tile lies. With the number of tracks, where the texts lie. */
  int base(byte[] state, int track) {
    int base = TRACKS + TRACK_BYTES * tileBytes.length;
    for (int i = 0; i < track; i++) {
      base += trackBytes(state, i);
    }
    return base;
  }

  /** Where the first tile of each track lies. */
  int[] bases(byte[] state) {
    int[] bases = new int[tileBytes.length];
    bases(state, bases);
    return bases;
  }

  /** Room for the tiles of a track and their nodes. */
  int trackBytes(byte[] state, int track) {
    return (int) slots(capacity(state, track)) * tileBytes[track];
  }

  /** Where the first tile of each track lies. They stay there for as long as it is this array. */
  void bases(byte[] state, int[] bases) {
    int base = TRACKS + TRACK_BYTES * tileBytes.length;
    for (int track = 0; track < tileBytes.length; track++) {
      bases[track] = base;
      base += trackBytes(state, track);
    }
  }

  /** An eighth more: enough that most appends do not copy, little enough to write out each time. */
  static int withSlack(int tiles) {
    return tiles + tiles / 8 + 1;
  }

  /**
   * @throws IllegalStateException if no array is as large
   */
  int arraySize(long bytes) {
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "the state of one key of "
              + view
              + " would need "
              + bytes
              + " bytes, more than an array holds; give its windows a coarser resolution");
    }
    return (int) bytes;
  }

  int textUsed(byte[] state) {
    return (int) INT.get(state, TEXT_USED);
  }

  void setTextUsed(byte[] state, int bytes) {
    INT.set(state, TEXT_USED, bytes);
  }

  static int textOffset(long text) {
    return (int) (text >>> 32);
  }

  static int textLength(long text) {
    return text == NO_TEXT ? 0 : (int) text;
  }

  /**
   * Stores a text, for which {@link StateRoom#withTextRoom} made room, over the old one if it fits.
   *
   * @return what the column is to hold
   */
  long putText(byte[] state, long old, byte[] from, int at, int length) {
    int texts = base(state, tileBytes.length);
    int offset;
    if (old != NO_TEXT && length <= textLength(old)) {
      offset = textOffset(old);
    } else {
      offset = textUsed(state);
      setTextUsed(state, offset + length);
    }
    System.arraycopy(from, at, state, texts + offset, length);
    return (long) offset << 32 | length;
  }

  /** Where the text's first byte lies. */
  int textAt(byte[] state, long text) {
    return base(state, tileBytes.length) + textOffset(text);
  }

  String text(byte[] state, long text) {
    return new String(state, textAt(state, text), textLength(text), StandardCharsets.UTF_8);
  }
}
