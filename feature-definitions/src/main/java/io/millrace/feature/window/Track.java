package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tiles of one {@link Tiling} in a state, and all windows that are read from them. Tiles
 * without events do not exist. Immutable and thread-safe.
 */
final class Track {
  private static final int FAN_BITS = ViewState.FAN_BITS;
  private static final int FAN = 1 << FAN_BITS;
  private static final int FEWEST_DROPPED = 4;

  private final int index;
  private final Tiling tiling;
  private final TrackLayout layoutOfTrack;
  private final Accumulator[] accumulators;

  /** Those that nodes sum up. */
  private final Accumulator[] summable;

  /** Each once, and who is read over it. */
  private final WindowSpec[] windows;

  private final Accumulator[][] readers;

  /** Whether any value depends on the instant itself. */
  private final boolean isOfInstant;

  /** How long before t a window as of t can begin; {@link Long#MAX_VALUE} where events tell. */
  private final long reachMs;

  /** How long after its start no window sees a tile any more; {@link Long#MAX_VALUE} if ever. */
  private final long lifeMs;

  private final int mostRows;
  private final int mostInstants;
  private final long latenessMs;

  /**
   * @param index its place among the tracks of the state
   * @param features those whose windows have one tiling
   * @param latenessMs how far behind the latest {@link ViewAggregator#expire} an event may come
   * @param isBounded whether an exact track joins instants when it has too many of them
   */
  Track(
      int index,
      List<CompiledFeature> features,
      Contributions contributions,
      long latenessMs,
      boolean isBounded) {
    this(index, Tiling.of(features.get(0)), features, contributions, latenessMs, isBounded);
  }

  /** Sessions of all events, for no feature. */
  static Track ofRuns(int index, long gapMs, Contributions contributions, long latenessMs) {
    return new Track(index, Tiling.ofRuns(gapMs), List.of(), contributions, latenessMs, true);
  }

  private Track(
      int index,
      Tiling tiling,
      List<CompiledFeature> features,
      Contributions contributions,
      long latenessMs,
      boolean isBounded) {
    this.index = index;
    this.tiling = tiling;
    this.latenessMs = latenessMs;
    this.mostRows = features.stream().mapToInt(f -> f.window().rows()).max().orElse(0);
    this.mostInstants =
        isBounded
            ? features.stream().mapToInt(f -> f.window().mostInstants()).max().orElse(0)
            : Integer.MAX_VALUE;
    this.reachMs =
        features.stream().mapToLong(f -> reachOf(f.window())).max().orElse(Long.MAX_VALUE);
    this.lifeMs =
        switch (tiling.kind()) {
          case ALIGNED -> tiling.lengthMs() + reachMs;
          case ROWS -> reachMs == Long.MAX_VALUE ? Long.MAX_VALUE : 1 + reachMs;
          case ALL, SESSIONS -> Long.MAX_VALUE;
        };

    // Which columns, for which features.
    Map<Columns, List<CompiledFeature>> sharers = new TreeMap<>();
    for (CompiledFeature feature : features) {
      sharers.computeIfAbsent(Columns.of(feature), c -> new ArrayList<>()).add(feature);
    }

    // Where they lie in a tile, and who keeps them.
    this.layoutOfTrack =
        new TrackLayout(tiling.toString(), tiling.heads(), List.copyOf(sharers.keySet()));
    List<Accumulator> all = new ArrayList<>();
    for (Columns columns : layoutOfTrack.columns()) {
      int place = layoutOfTrack.placeOf(columns);
      all.add(Columns.accumulator(place, contributions, sharers.get(columns)));
    }
    this.accumulators = all.toArray(Accumulator[]::new);
    this.windows =
        features.stream().map(CompiledFeature::window).distinct().toArray(WindowSpec[]::new);
    for (Accumulator accumulator : accumulators) {
      accumulator.number(windows);
    }
    this.summable = all.stream().filter(Accumulator::isSummable).toArray(Accumulator[]::new);
    this.isOfInstant = all.stream().anyMatch(Accumulator::isOfInstant);
    this.readers = new Accumulator[windows.length][];
    for (int w = 0; w < windows.length; w++) {
      WindowSpec window = windows[w];
      readers[w] = all.stream().filter(one -> one.reads(window)).toArray(Accumulator[]::new);
    }
  }

  private static long reachOf(WindowSpec window) {
    boolean doEventsTell =
        window.kind() == WindowSpec.Kind.LIFETIME
            || window.kind() == WindowSpec.Kind.SESSION
            || window.lengthMs() == 0;
    return doEventsTell ? Long.MAX_VALUE : window.lengthMs() + window.delayMs();
  }

  TrackLayout layout() {
    return layoutOfTrack;
  }

  boolean isExact() {
    return tiling.isExact();
  }

  boolean isOfRuns() {
    return tiling.isOfRuns();
  }

  boolean isOfRows() {
    return tiling.kind() == Tiling.Kind.ROWS;
  }

  /**
   * Of sessions, when the one that is open as of an instant began; {@link Long#MAX_VALUE} if none
   * is open, {@link Long#MIN_VALUE} if none is known at all.
   */
  long openSinceMs(ViewState layout, byte[] state, long asOfMs) {
    int tiles = layout.tiles(state, index);
    if (tiles == 0) {
      return Long.MIN_VALUE;
    }
    int base = layout.base(state, index);
    int width = layout.tileBytes(index);
    int begun = ViewState.firstFrom(state, base, width, tiles, asOfMs);
    int newest = base + (begun - 1) * width;
    return begun == 0 || asOfMs - endOf(state, newest) >= tiling.lengthMs()
        ? Long.MAX_VALUE
        : ViewState.longAt(state, newest);
  }

  /** How many windows are read from it. */
  int windows() {
    return windows.length;
  }

  /** The greatest age that an event in a window can have; {@link Long#MAX_VALUE} if any. */
  long reachMs() {
    return switch (tiling.kind()) {
      case ALIGNED -> reachMs + tiling.lengthMs() - 1;
      case ROWS -> reachMs;
      case ALL, SESSIONS -> Long.MAX_VALUE;
    };
  }

  /** The time from which on an event may be in a window as of the instant or later. */
  long keptFromMs(long asOfMs) {
    return switch (tiling.kind()) {
      case ALIGNED -> Math.floorDiv(asOfMs - reachMs, tiling.lengthMs()) * tiling.lengthMs();
      case ROWS -> reachMs == Long.MAX_VALUE ? Long.MIN_VALUE : asOfMs - reachMs;
      case ALL, SESSIONS -> Long.MIN_VALUE;
    };
  }

  /** The first instant as of which, and later, no window sees a tile that starts then. */
  private long goneMs(long startMs) {
    return lifeMs == Long.MAX_VALUE ? Long.MAX_VALUE : startMs + lifeMs;
  }

  private long tileStart(long timeMs) {
    return switch (tiling.kind()) {
      case ALL -> Long.MIN_VALUE;
      case ROWS, SESSIONS -> timeMs;
      case ALIGNED ->
          isExact() ? timeMs : Math.floorDiv(timeMs, tiling.lengthMs()) * tiling.lengthMs();
    };
  }

  boolean takes(byte[] contribution) {
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        return true;
      }
    }
    return false;
  }

  /** Adds an event to its tile, unless no window will see it again. */
  byte[] add(
      ViewState layout, byte[] state, int base, long timeMs, long order, byte[] contribution) {
    if (!takes(contribution) && !tiling.isOfRuns()) {
      return state;
    }
    long start = tileStart(timeMs);
    if (goneMs(start) <= layout.expiredMs(state)) {
      return state;
    }
    return switch (tiling.kind()) {
      case ALIGNED, ALL -> addToTile(layout, state, base, start, timeMs, order, contribution);
      case ROWS -> addRow(layout, state, timeMs, order, contribution);
      case SESSIONS -> addToSession(layout, state, timeMs, order, contribution);
    };
  }

  private byte[] addToTile(
      ViewState layout,
      byte[] state,
      int base,
      long start,
      long timeMs,
      long order,
      byte[] contribution) {
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int last = base + (tiles - 1) * tileBytes;
    if (tiles > 0 && ViewState.longAt(state, last) == start) {
      return taken(layout, state, last, timeMs, order, contribution);
    }
    // The newest tile is the usual one; after it an append, before it a search.
    boolean isNewest = tiles == 0 || ViewState.longAt(state, last) < start;
    int at = isNewest ? tiles : ViewState.firstFrom(state, base, tileBytes, tiles, start);
    int tile = base + at * tileBytes;
    byte[] added = state;
    if (isNewest || ViewState.longAt(state, tile) != start) {
      added = opened(layout, state, at, start);
    }
    added = taken(layout, added, tile, timeMs, order, contribution);
    if (isExact() && layout.tiles(added, index) > mostInstants) {
      added = joined(layout, added);
    }
    repair(layout, added, at);
    build(layout, added);
    return added;
  }

  /**
   * If the windows hold too many instants, joins those of the older half that lie in one step, each
   * at its last: from now on more than one event leaves at a time. There are a quarter as many
   * steps in the longest window as instants may be.
   */
  private byte[] joined(ViewState layout, byte[] state) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int tiles = layout.tiles(state, index);
    long newestMs = ViewState.longAt(state, base + (tiles - 1) * tileBytes);
    int first = ViewState.firstFrom(state, base, tileBytes, tiles, keptFromMs(newestMs + 1));
    if (tiles - first <= mostInstants) {
      return state;
    }
    int end = first + (tiles - first) / 2;
    long stepMs = 1 + 4 * reachMs / mostInstants;
    layout.setBuilt(state, index, 0);
    layout.setCoarse(state, true);
    byte[] joined = state;
    int kept = first;
    for (int i = first; i < end; i++) {
      int tile = base + i * tileBytes;
      int last = base + (kept - 1) * tileBytes;
      boolean isOfOneStep =
          kept > first
              && Math.floorDiv(ViewState.longAt(joined, tile), stepMs)
                  == Math.floorDiv(ViewState.longAt(joined, last), stepMs);
      if (isOfOneStep) {
        for (Accumulator accumulator : accumulators) {
          joined = accumulator.merge(layout, joined, tile, last);
        }
        kept--;
      }
      System.arraycopy(joined, tile, joined, base + kept * tileBytes, tileBytes);
      kept++;
    }
    int rest = base + end * tileBytes;
    System.arraycopy(joined, rest, joined, base + kept * tileBytes, (tiles - end) * tileBytes);
    layout.cutTo(joined, index, tiles - (end - kept));
    return joined;
  }

  /** Makes the nodes that stand for a tile, which changed, anew. */
  private void repair(ViewState layout, byte[] state, int tile) {
    int built = layout.built(state, index);
    int base = layout.base(state, index);
    for (int level = 1; tile >> FAN_BITS * level < built >> FAN_BITS * level; level++) {
      makeNode(layout, state, base, level, tile >> FAN_BITS * level);
    }
  }

  /** Makes the nodes that are missing, of all tiles but the newest, which still changes. */
  void build(ViewState layout, byte[] state) {
    int from = layout.built(state, index);
    int to = layout.tiles(state, index) - 1 & -FAN;
    if (to > from && !tiling.isOfEvents()) {
      layout.setBuilt(state, index, to);
      sumUp(layout, state, 1, from, to);
    }
  }

  /** Makes the nodes above the first level anew, and those that are missing. */
  void rebuild(ViewState layout, byte[] state) {
    sumUp(layout, state, 2, 0, layout.built(state, index));
    build(layout, state);
  }

  private void sumUp(ViewState layout, byte[] state, int lowest, int from, int to) {
    int base = layout.base(state, index);
    for (int level = lowest; to >> FAN_BITS * level > 0; level++) {
      for (int node = from >> FAN_BITS * level; node < to >> FAN_BITS * level; node++) {
        makeNode(layout, state, base, level, node);
      }
    }
  }

  /** A node from the eight tiles or nodes below it. */
  private void makeNode(ViewState layout, byte[] state, int base, int level, int node) {
    int tileBytes = layout.tileBytes(index);
    int capacity = layout.capacity(state, index);
    int at = base + (ViewState.levelAt(capacity, level) + node) * tileBytes;
    int below = base + (ViewState.levelAt(capacity, level - 1) + node * FAN) * tileBytes;
    for (Accumulator accumulator : summable) {
      accumulator.clear(state, at);
      for (int i = 0; i < FAN; i++) {
        accumulator.merge(layout, state, at, below + i * tileBytes);
      }
    }
  }

  private byte[] opened(ViewState layout, byte[] state, int at, long start) {
    byte[] opened = layout.insertTile(state, index, at, start);
    clear(opened, layout.base(opened, index) + at * layout.tileBytes(index));
    return opened;
  }

  private byte[] taken(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    byte[] taken = state;
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        taken = accumulator.add(layout, taken, tile, timeMs, order, contribution);
      }
    }
    return taken;
  }

  private byte[] addRow(
      ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int at = tiles;
    while (at > 0 && isBefore(timeMs, order, state, base + (at - 1) * tileBytes)) {
      at--;
    }
    // More than one too many where a definition has come to ask for fewer.
    for (; tiles >= mostRows; tiles--, at--) {
      if (at == 0) {
        return state;
      }
      layout.removeTile(state, index, 0);
    }
    byte[] added = opened(layout, state, at, timeMs);
    int tile = layout.base(added, index) + at * tileBytes;
    ViewState.putLong(added, tile + Tiling.END, order);
    return taken(layout, added, tile, timeMs, order, contribution);
  }

  private static boolean isBefore(long timeMs, long order, byte[] state, int tile) {
    long start = ViewState.longAt(state, tile);
    return timeMs < start
        || (timeMs == start
            && Long.compareUnsigned(order, ViewState.longAt(state, tile + Tiling.END)) < 0);
  }

  private byte[] addToSession(
      ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int next = tiles;
    while (next > 0 && ViewState.longAt(state, base + (next - 1) * tileBytes) > timeMs) {
      next--;
    }
    boolean joinsBefore =
        next > 0 && timeMs - endOf(state, base + (next - 1) * tileBytes) < tiling.lengthMs();
    boolean joinsNext =
        next < tiles
            && ViewState.longAt(state, base + next * tileBytes) - timeMs < tiling.lengthMs();
    byte[] added = state;
    if (!joinsBefore && !joinsNext) {
      added = opened(layout, state, next, timeMs);
      int tile = layout.base(added, index) + next * tileBytes;
      ViewState.putLong(added, tile + Tiling.END, timeMs);
      return taken(layout, added, tile, timeMs, order, contribution);
    }
    if (!joinsBefore) {
      int tile = base + next * tileBytes;
      ViewState.putLong(added, tile, timeMs);
      return taken(layout, added, tile, timeMs, order, contribution);
    }
    int tile = base + (next - 1) * tileBytes;
    if (joinsNext) {
      int other = base + next * tileBytes;
      for (Accumulator accumulator : accumulators) {
        added = accumulator.merge(layout, added, tile, other);
      }
      ViewState.putLong(added, tile + Tiling.END, endOf(added, other));
      layout.removeTile(added, index, next);
    }
    ViewState.putLong(added, tile + Tiling.END, Math.max(endOf(added, tile), timeMs));
    return taken(layout, added, tile, timeMs, order, contribution);
  }

  private static long endOf(byte[] state, int session) {
    return ViewState.longAt(state, session + Tiling.END);
  }

  /** Takes an event back that was added; nothing if its tile is gone. */
  void remove(ViewState layout, byte[] state, long timeMs, byte[] contribution) {
    long start = tileStart(timeMs);
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int at = ViewState.firstFrom(state, base, tileBytes, tiles, start);
    int tile = base + at * tileBytes;
    // Of joined instants the later one stands for both.
    boolean isThere =
        at < tiles
            && (ViewState.longAt(state, tile) == start || (isExact() && layout.isCoarse(state)));
    if (isThere) {
      for (Accumulator accumulator : accumulators) {
        if (accumulator.takes(contribution)) {
          accumulator.remove(state, tile, contribution);
        }
      }
      repair(layout, state, at);
    }
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
    walk.of(layout, state, index, base, windows.length);
    for (int w = 0; w < windows.length; w++) {
      int to = tilesTo(layout, state, base, windows[w], asOfMs);
      if (endsWithTheHead(windows[w])) {
        requireWhole(layout, state, to, asOfMs);
      }
      int from = Accumulator.from(state, base, tileBytes, to, windows[w], asOfMs);
      walk.set(w, Math.max(from, firstSince(state, base, tileBytes, to, sinceMs)), to);
    }
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        walk.begin(group, accumulator.isSummable());
        accumulator.read(layout, state, walk, asOfMs, group, row);
      }
    }
  }

  private int firstSince(byte[] state, int base, int tileBytes, int to, long sinceMs) {
    return sinceMs == Long.MIN_VALUE || !isOfRows()
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
              isExact()
                  ? layout.isCoarse(state) && to < layout.tiles(state, index)
                  : to > 0 && asOfMs - tiling.lengthMs() < ViewState.longAt(state, newest);
          case ALL -> to > 0;
          case SESSIONS -> to > 0 && endOf(state, newest) >= asOfMs;
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

  /** Whether tiles leave it one after the other, and enter as they are made. */
  private static boolean slidesWithTheHead(WindowSpec window) {
    return window.delayMs() == 0 && window.kind() == WindowSpec.Kind.SLIDING;
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
    if (!isStale && !isOfInstant && reading.trackNextMs[index] > asOfMs) {
      return reading.trackNextMs[index];
    }

    // Where windows begin and end, and which of them changed.
    int tileBytes = layout.tileBytes(index);
    int base = reading.bases[index];
    int tiles = layout.tiles(state, index);
    long[] nextMs = reading.nextMs[index];
    int[] held = reading.held[index];
    walk.of(layout, state, index, base, windows.length);
    long next = Long.MAX_VALUE;
    for (int w = 0; w < windows.length; w++) {
      WindowSpec window = windows[w];
      int to = tilesTo(layout, state, base, window, asOfMs);
      int from = Accumulator.from(state, base, tileBytes, to, window, asOfMs);
      walk.set(w, Math.max(from, firstSince(state, base, tileBytes, to, sinceMs)), to);
      boolean isChanged = isStale || nextMs[w] <= asOfMs;
      int left = held[w] - (to - from);
      boolean isLeftKnown = !isStale && slidesWithTheHead(window) && left >= 0 && left <= from;
      walk.mark(w, isChanged, isLeftKnown ? left : -1);
      if (isChanged) {
        held[w] = to - from;
        nextMs[w] = nextOf(state, base, tileBytes, tiles, w, from, to, Long.MAX_VALUE);
      }
      next = Math.min(next, nextMs[w]);
    }
    reading.trackNextMs[index] = next;

    // A sum that is no long is reported with each row, so it is read each time.
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        boolean mustBeRead =
            accumulator.isOfInstant()
                || (walk.isAnyMarked(group)
                    && !takenOut(accumulator, group, walk, state, base, tileBytes, row));
        if (mustBeRead) {
          walk.begin(group, accumulator.isSummable());
          accumulator.read(layout, state, walk, asOfMs, group, row);
        }
      }
    }
    reading.stale[index] = walk.hasOverflowed();
    return next;
  }

  /** Whether the values of a group are those without the tiles that left now. */
  private static boolean takenOut(
      Accumulator accumulator,
      Accumulator.Output[] group,
      TileWalk walk,
      byte[] state,
      int base,
      int tileBytes,
      Values row) {
    for (Accumulator.Output output : group) {
      int left = walk.left(output);
      int first = base + (walk.from(output) - left) * tileBytes;
      if (left < 0
          || (left > 0 && !accumulator.takeOut(state, first, tileBytes, left, output, row))) {
        return false;
      }
    }
    return true;
  }

  /** When the next tile that matters enters or leaves a window; the greatest long if none does. */
  long nextChangeAfter(ViewState layout, byte[] state, long asOfMs) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int tiles = layout.tiles(state, index);
    long next = Long.MAX_VALUE;
    for (int w = 0; w < windows.length; w++) {
      int to = tilesTo(layout, state, base, windows[w], asOfMs);
      int from = Accumulator.from(state, base, tileBytes, to, windows[w], asOfMs);
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
          ? Math.min(boundMs, endOf(state, base + from * tileBytes) + window.lengthMs())
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

  /**
   * The first instant as of which, if nothing comes, no window may hold a tile. Of sessions, any
   * later one than the given if there is one that is kept.
   *
   * @param asOfMs after all events
   */
  long emptyFromMs(ViewState layout, byte[] state, int base, long asOfMs) {
    int tiles = layout.tiles(state, index);
    if (tiles == 0) {
      return Long.MIN_VALUE;
    }
    if (tiling.kind() == Tiling.Kind.SESSIONS) {
      return expired(layout, state, base, asOfMs) < tiles ? asOfMs + 1 : asOfMs;
    }
    return goneMs(ViewState.longAt(state, base + (tiles - 1) * layout.tileBytes(index)));
  }

  /**
   * The first instant as of which, if nothing comes, an eighth of the tiles or more, and at least
   * four, may be dropped: worth a copy. Of sessions, any later one than the given if not yet.
   */
  long worthDroppingFromMs(ViewState layout, byte[] state, int base, long asOfMs) {
    int tiles = layout.tiles(state, index);
    if (tiles == 0) {
      return Long.MAX_VALUE;
    }
    if (tiling.kind() == Tiling.Kind.SESSIONS) {
      return expired(layout, state, base, asOfMs) * 8L >= tiles ? asOfMs : asOfMs + 1;
    }
    int fewest = Math.max(FEWEST_DROPPED, (tiles + 7) / 8);
    if (layout.built(state, index) > 0) {
      fewest = fewest + FAN - 1 & -FAN;
    }
    return fewest > tiles
        ? Long.MAX_VALUE
        : goneMs(ViewState.longAt(state, base + (fewest - 1) * layout.tileBytes(index)));
  }

  /** How many tiles, the oldest, no window as of the instant or later sees. */
  int expired(ViewState layout, byte[] state, int base, long asOfMs) {
    int tileBytes = layout.tileBytes(index);
    int tiles = layout.tiles(state, index);
    if (tiling.kind() != Tiling.Kind.SESSIONS) {
      return ViewState.firstFromNear(state, base, tileBytes, tiles, keptFromMs(asOfMs));
    }
    // A late event may still join what is closed.
    int expired = 0;
    while (expired < tiles
        && latenessMs != Long.MAX_VALUE
        && endOf(state, base + expired * tileBytes) + tiling.lengthMs() + latenessMs < asOfMs) {
      expired++;
    }
    return expired;
  }

  /**
   * How many of the expired tiles may be dropped now: all, or where nodes stand for them, which
   * begin with a multiple of eight, as many as let nodes go on.
   */
  int droppable(ViewState layout, byte[] state, int expired) {
    return layout.built(state, index) == 0 ? expired : expired & -FAN;
  }

  /** The time of the last event before the instant, as far as an exact track knows one. */
  long lastBefore(ViewState layout, byte[] state, long asOfMs) {
    if (!isExact()) {
      return Long.MIN_VALUE;
    }
    int base = layout.base(state, index);
    int tileBytes = layout.tileBytes(index);
    int to = ViewState.firstFrom(state, base, tileBytes, layout.tiles(state, index), asOfMs);
    return to == 0 ? Long.MIN_VALUE : ViewState.longAt(state, base + (to - 1) * tileBytes);
  }

  /** Fills the columns of a tile with nothing. */
  void clear(byte[] state, int tile) {
    for (Accumulator accumulator : accumulators) {
      accumulator.clear(state, tile);
    }
  }
}
