package io.millrace.feature.window;

import io.millrace.feature.WindowSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tiles of one {@link Tiling} in a state, and how events come into them. Tiles without events
 * do not exist. All windows of that tiling are read from them by {@link #reader}; {@link #life}
 * tells which are no longer seen, and {@link #nodes} stand for many of them. Immutable and
 * thread-safe.
 */
final class Track {
  private final int index;
  private final Tiling tiling;
  private final TrackLayout layoutOfTrack;
  private final Accumulator[] accumulators;
  private final TrackReader reader;
  private final TrackLife life;
  private final TrackNodes nodes;
  private final int mostRows;
  private final int mostInstants;

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
    this.mostRows = features.stream().mapToInt(f -> f.window().rows()).max().orElse(0);
    this.mostInstants =
        isBounded
            ? features.stream().mapToInt(f -> f.window().mostInstants()).max().orElse(0)
            : Integer.MAX_VALUE;

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
    List<WindowSpec> windows = features.stream().map(CompiledFeature::window).distinct().toList();
    this.reader = new TrackReader(index, tiling, accumulators, windows);
    this.life = new TrackLife(index, tiling, windows, latenessMs);
    this.nodes = new TrackNodes(index, tiling, accumulators);
  }

  TrackReader reader() {
    return reader;
  }

  TrackLife life() {
    return life;
  }

  TrackNodes nodes() {
    return nodes;
  }

  TrackLayout layout() {
    return layoutOfTrack;
  }

  private boolean isExact() {
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
    return begun == 0 || asOfMs - Tiling.endOf(state, newest) >= tiling.lengthMs()
        ? Long.MAX_VALUE
        : ViewState.longAt(state, newest);
  }

  /** Whether tiles begin at multiples of their length, and events do not make them. */
  boolean isAligned() {
    return tiling.kind() == Tiling.Kind.ALIGNED;
  }

  /** When the tile begins that an event of this time comes to. */
  long tileStart(long timeMs) {
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
    if (life.goneMs(start) <= layout.expiredMs(state)) {
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
    added = nodes.added(layout, added, at, timeMs, order, contribution);
    return nodes.build(layout, added);
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
    int first = ViewState.firstFrom(state, base, tileBytes, tiles, life.keptFromMs(newestMs + 1));
    if (tiles - first <= mostInstants) {
      return state;
    }
    int end = first + (tiles - first) / 2;
    long stepMs = 1 + 4 * life.longestMs() / mostInstants;
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
    layout.room().cutTo(joined, index, tiles - (end - kept));
    return joined;
  }

  private byte[] opened(ViewState layout, byte[] state, int at, long start) {
    byte[] opened = layout.room().insertTile(state, index, at, start);
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
      layout.room().removeTile(state, index, 0);
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
        next > 0 && timeMs - Tiling.endOf(state, base + (next - 1) * tileBytes) < tiling.lengthMs();
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
      ViewState.putLong(added, tile + Tiling.END, Tiling.endOf(added, other));
      layout.room().removeTile(added, index, next);
    }
    ViewState.putLong(added, tile + Tiling.END, Math.max(Tiling.endOf(added, tile), timeMs));
    return taken(layout, added, tile, timeMs, order, contribution);
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
      nodes.repair(layout, state, at);
    }
  }

  /** Fills the columns of a tile with nothing. */
  void clear(byte[] state, int tile) {
    for (Accumulator accumulator : accumulators) {
      accumulator.clear(state, tile);
    }
  }
}
