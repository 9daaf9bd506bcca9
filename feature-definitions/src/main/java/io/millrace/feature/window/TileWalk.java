package io.millrace.feature.window;

import io.millrace.feature.window.Accumulator.Output;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Goes over the tiles of windows, the newest first, in as few steps as their nodes allow: where a
 * node stands for eight tiles (or 64, or 512) that all are in the window, it is one step. So a
 * window of n tiles takes about 16 log8(n) steps, wherever it begins and ends.
 *
 * <pre>
 * tiles    . . . [x x . . . . . .][. . . . . . . .] . . .
 *              from              one node          to
 * </pre>
 *
 * <p>Windows that end with the same tile are walked in one go, the shortest first: {@link #begin}
 * once, then for each {@link #extendTo}, {@link #hasNext}, {@link #next}; or {@link #through},
 * which gives the steps as an array. The steps are found once and kept for all functions of the
 * windows. One walk serves all tracks of a state in turn. Not thread-safe.
 */
final class TileWalk {
  private final int[] froms;
  private final int[] tos;
  private final boolean[] marks;
  private final int[] lefts;

  private int windows;
  private int base;
  private int width;
  private int capacity;
  private int built;
  private int i;
  private int from;
  private IntConsumer overflows;
  private boolean hasOverflowed;
  private long[] running;

  // The steps that were found: where each leads, and which tile it begins with.
  private int stepsTo;
  private int steps;
  private int step;
  private int[] places = new int[64];
  private int[] firsts = new int[64];

  /**
   * @param windows how many windows the track with the most of them has
   * @param overflows is told of each feature whose value is no long, by its number
   */
  TileWalk(int windows, IntConsumer overflows) {
    this.overflows = overflows;
    this.froms = new int[windows];
    this.tos = new int[windows];
    this.marks = new boolean[windows];
    this.lefts = new int[windows];
  }

  /** From now on, who is told of each feature whose value is no long. */
  void reportTo(IntConsumer listener) {
    this.overflows = listener;
  }

  /**
   * Turns to a track; what windows hold is set next.
   *
   * @param runningOfTrack what is kept of its windows from row to row; null if nothing is
   */
  void of(
      ViewState layout,
      byte[] state,
      int track,
      int trackBase,
      int trackWindows,
      long[] runningOfTrack) {
    this.running = runningOfTrack;
    this.base = trackBase;
    this.width = layout.tileBytes(track);
    this.capacity = layout.capacity(state, track);
    this.built = layout.built(state, track);
    this.windows = trackWindows;
    this.hasOverflowed = false;
    this.stepsTo = -1;
  }

  /** Says that the value of an output is no long. */
  void overflowed(Output output) {
    hasOverflowed = true;
    overflows.accept(output.feature());
  }

  /** Whether any value of the track was no long. */
  boolean hasOverflowed() {
    return hasOverflowed;
  }

  /** Says that a window of the track, by its number, holds the tiles {@code [first, end)}. */
  void set(int window, int first, int end) {
    froms[window] = first;
    tos[window] = end;
  }

  /**
   * Says whether a window changed.
   *
   * @param left that nothing else happened but that so many tiles left it, those before its first;
   *     -1 if that is not known
   */
  void mark(int window, boolean hasChanged, int left) {
    marks[window] = hasChanged;
    lefts[window] = left;
  }

  /** How many tiles, those before its first, left the window of an output: 0 if it is as before. */
  int left(Output output) {
    return marks[output.windowNumber] ? lefts[output.windowNumber] : 0;
  }

  /** Where the first of the tiles that left the window of an output lies. */
  int firstLeft(Output output) {
    return base + (from(output) - left(output)) * width;
  }

  /** How many bytes a tile has. */
  int width() {
    return width;
  }

  /** What is kept of the windows from row to row, see {@link Output#runningAt}; null if nothing. */
  long[] running() {
    return running;
  }

  /** Where a tile lies. */
  int placeOf(int tile) {
    return base + tile * width;
  }

  /** The first tile in a window. */
  int from(int window) {
    return froms[window];
  }

  /** How many tiles are before the end of a window. */
  int to(int window) {
    return tos[window];
  }

  /** The first tile in the window of the output. */
  int from(Output output) {
    return froms[output.windowNumber];
  }

  /** Whether the window of any of the outputs changed. */
  boolean isAnyMarked(Output[] group) {
    for (Output output : group) {
      if (marks[output.windowNumber]) {
        return true;
      }
    }
    return false;
  }

  /** How many tiles are before the end of the window of the output. */
  int to(Output output) {
    return tos[output.windowNumber];
  }

  /** Starts at the end of a group's windows. */
  void begin(Output[] group) {
    this.i = tos[group[0].windowNumber];
    this.from = i;
    this.step = 0;
    if (i != stepsTo) {
      this.stepsTo = i;
      this.steps = 0;
    }
  }

  /** Goes on to the begin of an output's window, which is not behind that of the last. */
  void extendTo(Output output) {
    this.from = froms[output.windowNumber];
  }

  /**
   * Goes on, by nodes, to the begin of an output's window, which is not behind that of the last.
   *
   * @return how many of {@link #places} lead there
   */
  int through(Output output) {
    int begin = froms[output.windowNumber];
    while (i > begin) {
      if (step == steps) {
        find();
      }
      i = firsts[step++];
    }
    return step;
  }

  /** Where the tiles and nodes of the track lie. */
  TileTree tree() {
    return new TileTree(base, width, capacity);
  }

  /** Where the tiles and nodes lie that {@link #through} found. */
  int[] places() {
    return places;
  }

  boolean hasNext() {
    return i > from;
  }

  /** Where the next tile or node lies. */
  int next() {
    if (step == steps) {
      find();
    }
    i = firsts[step];
    return places[step++];
  }

  /** Finds one more step: the largest node, or the tile, that crosses no window's begin. */
  private void find() {
    int level = 0;
    int first = i - 1;
    if ((i & 7) == 0 && i <= built) {
      int begin = nearestBegin();
      int span = 8;
      while ((i & (span - 1)) == 0 && i - span >= begin) {
        first = i - span;
        level++;
        span *= 8;
      }
    }
    if (steps == places.length) {
      places = Arrays.copyOf(places, 2 * steps);
      firsts = Arrays.copyOf(firsts, 2 * steps);
    }
    int node = first >> ViewState.FAN_BITS * level;
    int levelAt = level == 0 ? 0 : ViewState.levelAt(capacity, level);
    places[steps] = base + (levelAt + node) * width;
    firsts[steps] = first;
    steps++;
  }

  /** The nearest begin, before the present tile, of the windows with the same end. */
  private int nearestBegin() {
    int nearest = 0;
    for (int w = 0; w < windows; w++) {
      if (tos[w] == stepsTo && froms[w] < i) {
        nearest = Math.max(nearest, froms[w]);
      }
    }
    return nearest;
  }
}
