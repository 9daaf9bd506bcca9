package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the windows of a track: which tiles each holds as of an instant, what is computed from
 * them, and when that changes next. Immutable and thread-safe.
 */
final class TrackReader {
  private final int index;
  private final Tiling tiling;
  private final Accumulator[] accumulators;

  /** Each once, and who is read over it. */
  private final WindowSpec[] windows;

  private final Accumulator[][] readers;

  /** By window: whether what holds something first says when it changes next. */
  private final boolean[] doesFirstMatter;

  /** By window: whether tiles leave it one after the other, and enter as they are made. */
  private final boolean[] slides;

  /** Whether any value depends on the instant itself. */
  private final boolean isOfInstant;

  private final int runningLongs;

  /**
   * @param index of the track among those of the state
   * @param windows each once
   */
  TrackReader(int index, Tiling tiling, Accumulator[] accumulators, List<WindowSpec> windows) {
    this.index = index;
    this.tiling = tiling;
    this.accumulators = accumulators;
    this.windows = windows.toArray(WindowSpec[]::new);
    this.isOfInstant = Arrays.stream(accumulators).anyMatch(Accumulator::isOfInstant);
    this.readers = new Accumulator[windows.size()][];
    int running = 0;
    for (Accumulator accumulator : accumulators) {
      accumulator.number(this.windows);
      running = accumulator.placeRunning(running);
    }
    this.runningLongs = running;
    this.doesFirstMatter = new boolean[readers.length];
    this.slides = new boolean[readers.length];
    for (int w = 0; w < readers.length; w++) {
      WindowSpec window = windows.get(w);
      readers[w] =
          Arrays.stream(accumulators).filter(one -> one.reads(window)).toArray(Accumulator[]::new);
      slides[w] = window.delayMs() == 0 && window.kind() == WindowSpec.Kind.SLIDING;
      doesFirstMatter[w] = Arrays.stream(readers[w]).allMatch(Accumulator::doesFirstMatter);
    }
  }

  /** How many numbers of 64 bits are kept of its windows from row to row. */
  int runningLongs() {
    return runningLongs;
  }

  /** How many windows are read from it. */
  int windows() {
    return windows.length;
  }

  /**
   * Sets the features of this track.
   *
   * @param sinceMs rows before it are not seen
   * @throws IllegalArgumentException if a tile would have to be cut at the instant
   */
  void read(ViewState layout, byte[] state, long asOfMs, long sinceMs, TileWalk walk, Values row) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    walk.of(layout, state, index, base, windows.length, null);
    for (int w = 0; w < windows.length; w++) {
      int to = tilesTo(layout, state, base, windows[w], asOfMs);
      if (endsWithTheHead(windows[w])) {
        requireWhole(layout, state, to, asOfMs);
      }
      int from = Accumulator.from(state, base, tileBytes, to, windows[w], asOfMs, 0);
      walk.set(w, Math.max(from, firstSince(state, base, tileBytes, to, sinceMs)), to);
    }
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        walk.begin(group);
        accumulator.read(layout, state, walk, asOfMs, group, row);
      }
    }
  }

  private int firstSince(byte[] state, int base, int tileBytes, int to, long sinceMs) {
    return sinceMs == Long.MIN_VALUE || tiling.kind() != Tiling.Kind.ROWS
        ? 0
        : ViewState.firstFrom(state, base, tileBytes, to, sinceMs);
  }

  private void requireWhole(ViewState layout, byte[] state, int to, long asOfMs) {
    if (asOfMs > layout.lastEventMs(state)) {
      return;
    }
    int newest = layout.base(state, index) + (to - 1) * layout.tileBytes(index);
    boolean isCut =
        switch (tiling.kind()) {
          // Of joined instants it is not known any more which of them are behind.
          case ALIGNED ->
              tiling.isExact()
                  ? layout.isCoarse(state) && to < layout.tiles(state, index)
                  : to > 0 && asOfMs - tiling.lengthMs() < ViewState.longAt(state, newest);
          case ALL -> to > 0;
          case SESSIONS -> to > 0 && Tiling.endOf(state, newest) >= asOfMs;
          case ROWS -> to < layout.tiles(state, index);
        };
    if (isCut) {
      throw new IllegalArgumentException(
          "the values of "
              + layout.view()
              + " as of "
              + Instant.ofEpochMilli(asOfMs)
              + " would see the future: the state holds an event of "
              + Instant.ofEpochMilli(layout.lastEventMs(state))
              + " and its tiles do not tell them apart; ask in the order of time");
    }
  }

  private static boolean endsWithTheHead(WindowSpec window) {
    return window.delayMs() == 0 && window.kind() != WindowSpec.Kind.TUMBLING;
  }

  /** How many tiles are before the end of the window. */
  private int tilesTo(ViewState layout, byte[] state, int base, WindowSpec window, long asOfMs) {
    int tiles = layout.tiles(state, index);
    return endsWithTheHead(window) && asOfMs > layout.lastEventMs(state)
        ? tiles
        : ViewState.firstFrom(state, base, layout.tileBytes(index), tiles, window.endMs(asOfMs));
  }

  /**
   * Sets the features whose windows changed since a reading, and notes when they change next. The
   * instant is after all events.
   *
   * @param sinceMs rows before it are not seen
   * @return when the next tile that matters enters or leaves a window
   */
  long readChanged(
      ViewState layout,
      byte[] state,
      long asOfMs,
      long sinceMs,
      TileWalk walk,
      Reading reading,
      Values row) {
    boolean isStale = reading.stale[index];
    byte[] event = reading.came[index];
    if (!isStale && event == null && !isOfInstant && reading.trackNextMs[index] > asOfMs) {
      return reading.trackNextMs[index];
    }

    // Where windows begin and end, and which of them changed.
    int tileBytes = layout.tileBytes(index);
    int base = reading.bases[index];
    int tiles = layout.tiles(state, index);
    long[] nextMs = reading.nextMs;
    int[] held = reading.held;
    int[] froms = reading.froms;
    int first = reading.windowsAt[index];
    walk.of(layout, state, index, base, windows.length, reading.running[index]);
    if (isStale) {
      Arrays.fill(reading.running[index], -1);
    }
    long cameMs = reading.cameMs[index];
    int opened = event == null ? 0 : reading.opened[index];
    boolean isNewest =
        event == null
            || (tiles > 0 && ViewState.longAt(state, base + (tiles - 1) * tileBytes) == cameMs);
    long next = Long.MAX_VALUE;
    boolean isAnyAssumed = false;
    for (int w = 0; w < windows.length; w++) {
      WindowSpec window = windows[w];
      int to = tilesTo(layout, state, base, window, asOfMs);
      boolean isFollowed = !isStale && slides[w];
      boolean isIn = event == null || cameMs >= Accumulator.fromMs(window, asOfMs);
      int wereHeld = held[first + w] + opened;
      int from;
      if (isFollowed && isIn && isNewest && nextMs[first + w] > asOfMs) {
        // What left since, if anything did, holds nothing: it may as well be in the window.
        from = Math.max(0, to - wereHeld);
        wereHeld = to - from;
        isAnyAssumed = true;
      } else {
        from = Accumulator.from(state, base, tileBytes, to, window, asOfMs, froms[first + w]);
      }
      froms[first + w] = from;
      walk.set(w, Math.max(from, firstSince(state, base, tileBytes, to, sinceMs)), to);
      boolean isChanged = isStale || event != null || nextMs[first + w] <= asOfMs;
      int left = wereHeld - (to - from);
      boolean isLeftKnown = isFollowed && isIn && left >= 0 && left <= from;
      walk.mark(w, isChanged, isLeftKnown ? left : -1);
      if (isChanged) {
        held[first + w] = to - from;
        boolean isNextAsBefore =
            isLeftKnown
                && left == 0
                && isNewest
                && doesFirstMatter[w]
                && nextMs[first + w] > asOfMs
                && nextMs[first + w] != Long.MAX_VALUE;
        if (!isNextAsBefore) {
          nextMs[first + w] = nextOf(state, base, tileBytes, tiles, w, from, to, Long.MAX_VALUE);
        }
      }
      next = Math.min(next, nextMs[first + w]);
    }
    reading.trackNextMs[index] = next;

    // A sum that is no long is reported with each row, so it is read each time.
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        boolean mustBeRead =
            isStale
                || accumulator.isOfInstant()
                || (walk.isAnyMarked(group) && !accumulator.follow(state, walk, event, group, row));
        if (mustBeRead) {
          if (isAnyAssumed) {
            // Which nodes stand for a window shows in the last bit of a sum that rounds.
            findBegins(state, asOfMs, sinceMs, walk);
            isAnyAssumed = false;
          }
          walk.begin(group);
          accumulator.read(layout, state, walk, asOfMs, group, row);
          reading.hasRounded |= accumulator.mayRound();
        }
      }
    }
    reading.stale[index] = walk.hasOverflowed();
    reading.came[index] = null;
    return next;
  }

  /** Sets where windows begin, of a walk that knows where they end. */
  private void findBegins(byte[] state, long asOfMs, long sinceMs, TileWalk walk) {
    int base = walk.placeOf(0);
    for (int w = 0; w < windows.length; w++) {
      int to = walk.to(w);
      int from = Accumulator.from(state, base, walk.width(), to, windows[w], asOfMs, walk.from(w));
      walk.set(w, Math.max(from, firstSince(state, base, walk.width(), to, sinceMs)), to);
    }
  }

  /** When the next tile that matters enters or leaves a window; the greatest long if none does. */
  long nextChangeAfter(ViewState layout, byte[] state, long asOfMs) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int tiles = layout.tiles(state, index);
    long next = Long.MAX_VALUE;
    for (int w = 0; w < windows.length; w++) {
      int to = tilesTo(layout, state, base, windows[w], asOfMs);
      int from = Accumulator.from(state, base, tileBytes, to, windows[w], asOfMs, 0);
      next = nextOf(state, base, tileBytes, tiles, w, from, to, next);
    }
    return next;
  }

  /** When the next tile that matters enters or leaves one window, if that is before a bound. */
  private long nextOf(
      byte[] state, int base, int tileBytes, int tiles, int w, int from, int to, long boundMs) {
    WindowSpec window = windows[w];
    if (window.kind() == WindowSpec.Kind.SESSION) {
      return from < to
          ? Math.min(boundMs, Tiling.endOf(state, base + from * tileBytes) + window.lengthMs())
          : boundMs;
    }
    // No tile leaves before the first of the window, none enters before the first behind it.
    long next = boundMs;
    if (window.lengthMs() > 0 && from < to) {
      long firstMs = enters(state, base + from * tileBytes, window) + window.lengthMs();
      for (int a = 0; a < readers[w].length && firstMs < next; a++) {
        int tile = readers[w][a].nextToMatter(state, base, tileBytes, from, to);
        if (tile < to) {
          next = Math.min(next, enters(state, base + tile * tileBytes, window) + window.lengthMs());
        }
      }
    }
    if (to < tiles && !endsWithTheHead(window)) {
      long firstMs = enters(state, base + to * tileBytes, window);
      for (int a = 0; a < readers[w].length && firstMs < next; a++) {
        int tile = readers[w][a].nextHeld(state, base, tileBytes, to, tiles);
        if (tile < tiles) {
          next = Math.min(next, enters(state, base + tile * tileBytes, window));
        }
      }
    }
    return next;
  }

  /** When a tile is first wholly in the window. */
  private long enters(byte[] state, int tile, WindowSpec window) {
    long lengthMs = tiling.kind() == Tiling.Kind.ROWS ? 1 : tiling.lengthMs();
    return ViewState.longAt(state, tile) + lengthMs + window.delayMs();
  }

  /** The time of the last event before the instant, as far as an exact track knows one. */
  long lastBefore(ViewState layout, byte[] state, long asOfMs) {
    if (!tiling.isExact()) {
      return Long.MIN_VALUE;
    }
    int base = layout.base(state, index);
    int tileBytes = layout.tileBytes(index);
    int to = ViewState.firstFrom(state, base, tileBytes, layout.tiles(state, index), asOfMs);
    return to == 0 ? Long.MIN_VALUE : ViewState.longAt(state, base + (to - 1) * tileBytes);
  }
}
