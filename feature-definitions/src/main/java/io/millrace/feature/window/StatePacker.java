package io.millrace.feature.window;

import java.util.Arrays;

/**
 * Packs states to be stored: what {@link ViewAggregator#add} returns is made to be changed in place
 * and has room for more; this is what is left of it when only the values count. Read again by
 * {@link StateMigration#state}. Numbers are little-endian, varints as in {@link PackedColumn}.
 *
 * <pre>
 * at       bytes
 *  0       1   version, 3
 *  1       1   as in {@link ViewState}
 *  2       2   zero
 *  4       4   fingerprint of the view's tracks and columns
 *  8       .   time of the last event (varint)
 *  .       .   the latest instant as of which the state was expired, less that time (varint)
 *  .       .   rows made (varint)
 *  .       .   for each track: how many tiles (varint), and unless there are none, each number of
 *              a tile as a {@link PackedColumn}: starts, other heads, columns
 *  .       .   bytes of the texts (varint), and they
 *  .       8   zero
 * </pre>
 *
 * <p>Tiles that no window sees any more are left out and so are texts that none refers to; nodes
 * are made anew by the reader. Version 1, which is {@link ViewState} without nodes, is still read;
 * version 2 is {@link ViewState} itself, and never stored. Not thread-safe: the packer keeps its
 * buffers.
 */
public final class StatePacker {
  static final byte VERSION = 3;
  static final byte OLD_VERSION = 1;

  static final int BODY = 8;

  private final ViewAggregator aggregator;
  private final ViewState layout;
  private final PackedBytes out = new PackedBytes(new byte[4_096], 0);
  private final PackedColumn column = PackedColumn.writer();
  private long[][] columns = new long[1][64];

  /** How many bytes of texts the columns so far refer to. */
  private int texts;

  StatePacker(ViewAggregator aggregator) {
    this.aggregator = aggregator;
    this.layout = aggregator.layout();
  }

  /**
   * @param state of this view, or {@link ViewAggregator#EMPTY}; it is not changed
   * @return bytes of their own
   * @throws IllegalArgumentException if the state is not of this view
   */
  public byte[] packed(byte[] state) {
    if (state.length == 0) {
      return state;
    }
    layout.check(state);
    out.clear();
    out.putLong((layout.fingerprint() & 0xFFFF_FFFFL) << 32 | VERSION);
    out.setByte(1, layout.isCoarse(state) ? 1 : 0);
    long lastEventMs = layout.lastEventMs(state);
    out.putVarint(lastEventMs);
    out.putVarint(layout.expiredMs(state) - lastEventMs);
    out.putVarint(layout.sequence(state));
    int tracks = layout.tracks().size();
    int[] expired = new int[tracks];
    texts = 0;
    for (int track = 0; track < tracks; track++) {
      expired[track] = aggregator.expiry().expiredTiles(state, track);
      int n = layout.tiles(state, track) - expired[track];
      out.putVarint(n);
      if (n > 0) {
        int base = layout.base(state, track) + expired[track] * layout.tileBytes(track);
        putTrack(state, track, base, n);
      }
    }
    out.putVarint(texts);
    for (int track = 0; track < tracks && texts > 0; track++) {
      putTexts(state, track, expired[track]);
    }
    return out.copy();
  }

  /** Texts lie in the order in which the columns refer to them. */
  private void putTexts(byte[] state, int track, int expired) {
    int width = layout.tileBytes(track);
    int base = layout.base(state, track);
    for (int column : layout.textColumns(track)) {
      for (int i = expired; i < layout.tiles(state, track); i++) {
        long text = ViewState.longAt(state, base + i * width + column);
        if (text != ViewState.NO_TEXT) {
          out.putBytes(state, layout.textAt(state, text), ViewState.textLength(text));
        }
      }
    }
  }

  /** References to texts as they will lie. */
  private void place(long[] references, int n) {
    for (int i = 0; i < n; i++) {
      if (references[i] != ViewState.NO_TEXT) {
        int length = ViewState.textLength(references[i]);
        references[i] = (long) texts << 32 | length;
        texts += length;
      }
    }
  }

  private void putTrack(byte[] state, int track, int base, int n) {
    int width = layout.tileBytes(track);
    int count = width / 8;
    if (columns.length < count || columns[0].length < n) {
      columns = new long[Math.max(count, columns.length)][Math.max(n + n / 2, columns[0].length)];
    }
    for (int c = 0; c < count; c++) {
      long[] values = columns[c];
      int at = base + 8 * c;
      for (int i = 0; i < n; i++) {
        values[i] = ViewState.longAt(state, at + i * width);
      }
      if (isOfTexts(track, 8 * c)) {
        place(values, n);
      }
      long unit = c == 0 ? layout.unitOfStarts(track) : 0;
      column.write(out, values, n, layout.columnView(track, c), unit, columns, c);
    }
  }

  private boolean isOfTexts(int track, int column) {
    for (int ofTexts : layout.textColumns(track)) {
      if (ofTexts == column) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param stored a state of the layout, packed or of version 1
   * @return a state without nodes
   * @throws IllegalArgumentException if it is none
   */
  static byte[] unpacked(ViewState layout, byte[] stored) {
    try {
      byte[] state =
          stored[0] == OLD_VERSION ? layout.ofVersion1(stored) : unpackedColumns(layout, stored);
      layout.check(state);
      return state;
    } catch (IndexOutOfBoundsException | NegativeArraySizeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "a stored state of "
              + layout.view()
              + " is damaged: its "
              + stored.length
              + " bytes end before what they announce; restore it from a checkpoint or backfill the"
              + " view",
          e);
    }
  }

  private static byte[] unpackedColumns(ViewState layout, byte[] stored) {
    layout.requireStored(stored, VERSION);
    // How many tiles there are is known only on the way; so tracks are read one by one, then
    // joined.
    int tracks = layout.tracks().size();
    PackedBytes in = new PackedBytes(stored, BODY);
    long lastEventMs = in.readVarint();
    long expiredMs = in.readVarint() + lastEventMs;
    long sequence = in.readVarint();
    int[] tiles = new int[tracks];
    byte[][] rows = new byte[tracks][];
    for (int track = 0; track < tracks; track++) {
      int n = Math.toIntExact(in.readVarint());
      int width = layout.tileBytes(track);
      // No state is larger; what says so is damaged.
      if (n < 0 || n > (1 << 28) / width) {
        throw new IndexOutOfBoundsException(n);
      }
      tiles[track] = n;
      rows[track] = new byte[n * width];
      for (int c = 0; n > 0 && c < width / 8; c++) {
        PackedColumn.read(in, rows[track], 0, c, width, n);
      }
    }
    int texts = Math.toIntExact(in.readVarint());
    int textsAt = in.skip(texts);
    byte[] state = layout.create(tiles, texts);
    layout.setCoarse(state, stored[1] != 0);
    layout.setLastEventMs(state, lastEventMs);
    layout.setExpiredMs(state, expiredMs);
    layout.setSequence(state, sequence);
    for (int track = 0; track < tracks; track++) {
      System.arraycopy(rows[track], 0, state, layout.base(state, track), rows[track].length);
    }
    layout.putTexts(state, Arrays.copyOfRange(stored, textsAt, textsAt + texts));
    return state;
  }
}
