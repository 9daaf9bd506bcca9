package io.millrace.feature.window;

import io.millrace.feature.Values;
import java.util.Arrays;

/**
 * What {@link RowMaker} read of one key's state last, so that the next row costs only what changed
 * since: the values of windows that no event came to and no tile left or entered are taken over.
 * Whoever adds events says so with {@link #outdate()}, or gives the reading to {@link
 * RowMaker#add}. Not thread-safe.
 */
public final class Reading {
  /** By track: whether all of it must be read. */
  final boolean[] stale;

  /** Where the windows of each track begin in what is by window, and where the last ones end. */
  final int[] windowsAt;

  /** By track: what an event brought that came since it was read; null if none came. */
  final byte[][] came;

  /** By track: where the tile begins that this event came to. */
  final long[] cameMs;

  /** By track: how many tiles this event opened. */
  final int[] opened;

  /** By track: what is kept of its windows from row to row, see {@link TileWalk#running}. */
  final long[][] running;

  /** Whether a value was read from nodes that may depend, in the last bit, on where they are. */
  boolean hasRounded;

  /** By window: the next instant at which a tile leaves or enters. */
  final long[] nextMs;

  /** By window: how many tiles it held when it was read. */
  final int[] held;

  /** By window: which tile was its first; now that may be another one. */
  final int[] froms;

  /** By track: the least of {@link #nextMs}. */
  final long[] trackNextMs;

  /** Where the tracks lie in {@link #located}. */
  final int[] bases;

  /** The array of the state, checked; null if it is not known. */
  byte[] located;

  /**
   * Until when {@link ViewAggregator#expire} need not look; the least long if that is not known.
   */
  long idleUntilMs = Long.MIN_VALUE;

  private final int features;
  private Values row;
  private long asOfMs = Long.MIN_VALUE;
  private long nextChangeMs = Long.MAX_VALUE;
  private long lastEventMs = Long.MIN_VALUE;
  private long sequence;
  private boolean isKnown;

  /**
   * @param windowsAt the number of the first window of each track, and at last that of all windows
   * @param runningLongs how many are kept of the windows of each track from row to row
   * @param tracks of a state, which may be more than those with windows
   */
  Reading(int features, int[] windowsAt, int[] runningLongs, int tracks) {
    this.features = features;
    this.windowsAt = windowsAt;
    int windows = windowsAt[windowsAt.length - 1];
    this.nextMs = new long[windows];
    this.held = new int[windows];
    this.froms = new int[windows];
    this.bases = new int[tracks];
    this.trackNextMs = new long[windowsAt.length - 1];
    this.stale = new boolean[windowsAt.length - 1];
    this.came = new byte[stale.length][];
    this.cameMs = new long[stale.length];
    this.opened = new int[stale.length];
    this.running = new long[stale.length][];
    for (int track = 0; track < stale.length; track++) {
      running[track] = new long[runningLongs[track]];
    }
    Arrays.fill(stale, true);
  }

  /** The state changed in a way that is not told: all is read anew. */
  public void outdate() {
    Arrays.fill(stale, true);
    located = null;
    idleUntilMs = Long.MIN_VALUE;
    outdateRow();
  }

  /**
   * An event came to a track. Of one it is told what it brought; after more the track is read anew.
   *
   * @param startMs of its tile
   * @param tiles how many it opened
   */
  void came(int track, byte[] contribution, long startMs, int tiles) {
    if (came[track] != null) {
      stale[track] = true;
    }
    came[track] = contribution;
    cameMs[track] = startMs;
    opened[track] = tiles;
  }

  /** An event came, to tracks that are marked apart. */
  void outdateRow() {
    isKnown = false;
  }

  /** Whether {@link #nextChangeMs} and {@link #row} are those of the state as it is. */
  public boolean isKnown() {
    return isKnown;
  }

  /** The values as of the last instant asked for; nobody may change them. */
  public Values row() {
    return row;
  }

  /** As {@link ViewAggregator#nextChangeAfter} that instant. */
  public long nextChangeMs() {
    return nextChangeMs;
  }

  /** The time of the last event of the state; {@link Long#MIN_VALUE} if nothing is left of it. */
  public long lastEventMs() {
    return lastEventMs;
  }

  /** Which row of the state it is, from 1 on; 0 if nothing is left of it. */
  public long sequence() {
    return sequence;
  }

  void setRow(long ofLastEventMs, long number) {
    this.lastEventMs = ofLastEventMs;
    this.sequence = number;
  }

  /** A row to fill, of the values so far if there are any. */
  Values nextRow(long atMs) {
    if (atMs < asOfMs) {
      Arrays.fill(stale, true);
    }
    return row == null ? new Values(features) : row.copy();
  }

  /** What was read, by a way that tells nothing of single windows. */
  void setAlone(Values made, long madeAsOfMs, long next) {
    set(made, madeAsOfMs, next);
    Arrays.fill(stale, true);
  }

  void set(Values made, long madeAsOfMs, long next) {
    this.row = made;
    this.asOfMs = madeAsOfMs;
    this.nextChangeMs = next;
    this.isKnown = true;
  }

  /** About how many bytes of the heap it takes. */
  public int bytes() {
    int bytes = 400 + 13 * features + 16 * nextMs.length + 50 * stale.length + 4 * bases.length;
    for (long[] ofTrack : running) {
      bytes += 8 * ofTrack.length;
    }
    return bytes;
  }
}
