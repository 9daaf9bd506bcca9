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
  private final int index;
  private final Tiling tiling;
  private final TrackLayout layoutOfTrack;
  private final Accumulator[] accumulators;

  /** How long before t a window as of t can begin; {@link Long#MAX_VALUE} where events tell. */
  private final long reachMs;

  private final int mostRows;
  private final long latenessMs;

  /**
   * @param index its place among the tracks of the state
   * @param features those whose windows have one tiling
   * @param latenessMs how far behind the latest {@link ViewAggregator#expire} an event may come
   */
  Track(int index, List<CompiledFeature> features, Contributions contributions, long latenessMs) {
    this.index = index;
    this.tiling = Tiling.of(features.get(0));
    this.latenessMs = latenessMs;
    this.mostRows = features.stream().mapToInt(f -> f.window().rows()).max().orElse(0);
    this.reachMs = features.stream().mapToLong(f -> reachOf(f.window())).max().orElseThrow();

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

  private long tileStart(long timeMs) {
    return switch (tiling.kind()) {
      case ALL -> Long.MIN_VALUE;
      case ROWS, SESSIONS -> timeMs;
      case ALIGNED ->
          isExact() ? timeMs : Math.floorDiv(timeMs, tiling.lengthMs()) * tiling.lengthMs();
    };
  }

  private boolean takes(byte[] contribution) {
    for (Accumulator accumulator : accumulators) {
      if (accumulator.takes(contribution)) {
        return true;
      }
    }
    return false;
  }

  /** Adds an event to its tile, unless no window will see it again. */
  byte[] add(ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    if (!takes(contribution)) {
      return state;
    }
    long expiredMs = layout.expiredMs(state);
    if (expiredMs != Long.MIN_VALUE && tileStart(timeMs) < keptFromMs(expiredMs)) {
      return state;
    }
    return switch (tiling.kind()) {
      case ALIGNED, ALL -> addToTile(layout, state, timeMs, order, contribution);
      case ROWS -> addRow(layout, state, timeMs, order, contribution);
      case SESSIONS -> addToSession(layout, state, timeMs, order, contribution);
    };
  }

  private byte[] addToTile(
      ViewState layout, byte[] state, long timeMs, long order, byte[] contribution) {
    long start = tileStart(timeMs);
    int tiles = layout.tiles(state, index);
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int last = base + (tiles - 1) * tileBytes;
    byte[] added = state;
    int tile;
    if (tiles > 0 && ViewState.longAt(state, last) == start) {
      tile = last;
    } else {
      // The newest tile is the usual one; after it an append, before it a search.
      boolean isNewest = tiles == 0 || ViewState.longAt(state, last) < start;
      int at = isNewest ? tiles : ViewState.firstFrom(state, base, tileBytes, tiles, start);
      tile = base + at * tileBytes;
      if (isNewest || ViewState.longAt(state, tile) != start) {
        added = opened(layout, state, at, start);
      }
    }
    return taken(layout, added, tile, timeMs, order, contribution);
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
    if (at < tiles && ViewState.longAt(state, tile) == start) {
      for (Accumulator accumulator : accumulators) {
        if (accumulator.takes(contribution)) {
          accumulator.remove(state, tile, contribution);
        }
      }
    }
  }

  /**
   * Sets the features of this track.
   *
   * @throws IllegalArgumentException if a tile would have to be cut at the instant
   */
  void read(ViewState layout, byte[] state, long asOfMs, Values row) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        int to = tilesTo(layout, state, group[0].window(), asOfMs);
        if (endsWithTheHead(group[0].window())) {
          requireWhole(layout, state, to, asOfMs);
        }
        accumulator.read(layout, state, base, tileBytes, to, asOfMs, group, row);
      }
    }
  }

  private void requireWhole(ViewState layout, byte[] state, int to, long asOfMs) {
    if (asOfMs > layout.lastEventMs(state)) {
      return;
    }
    int newest = layout.base(state, index) + (to - 1) * layout.tileBytes(index);
    boolean isCut =
        switch (tiling.kind()) {
          case ALIGNED ->
              to > 0 && asOfMs - tiling.lengthMs() < ViewState.longAt(state, newest) && !isExact();
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

  /** How many tiles are before the end of the window. */
  private int tilesTo(ViewState layout, byte[] state, WindowSpec window, long asOfMs) {
    int tiles = layout.tiles(state, index);
    return endsWithTheHead(window) && asOfMs > layout.lastEventMs(state)
        ? tiles
        : ViewState.firstFrom(
            state, layout.base(state, index), layout.tileBytes(index), tiles, window.endMs(asOfMs));
  }

  /** When the next tile that matters enters or leaves a window; the greatest long if none does. */
  long nextChangeAfter(ViewState layout, byte[] state, long asOfMs) {
    int tileBytes = layout.tileBytes(index);
    int base = layout.base(state, index);
    int tiles = layout.tiles(state, index);
    long next = Long.MAX_VALUE;
    for (Accumulator accumulator : accumulators) {
      for (Accumulator.Output[] group : accumulator.groups) {
        int to = tilesTo(layout, state, group[0].window(), asOfMs);
        for (Accumulator.Output output : group) {
          WindowSpec window = output.window();
          int from = Accumulator.from(state, base, tileBytes, to, output, asOfMs);
          if (window.kind() == WindowSpec.Kind.SESSION) {
            if (from < to) {
              long end = endOf(state, base + from * tileBytes);
              next = Math.min(next, end + window.lengthMs());
            }
            continue;
          }
          if (window.lengthMs() > 0) {
            int tile = accumulator.nextToMatter(state, base, tileBytes, from, to);
            if (tile < to) {
              next =
                  Math.min(
                      next, enters(state, base + tile * tileBytes, window) + window.lengthMs());
            }
          }
          if (!endsWithTheHead(window)) {
            int tile = accumulator.nextHeld(state, base, tileBytes, to, tiles);
            if (tile < tiles) {
              next = Math.min(next, enters(state, base + tile * tileBytes, window));
            }
          }
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

  /** Whether any window as of the instant, which is after all events, may hold a tile. */
  boolean holdsAny(ViewState layout, byte[] state, long asOfMs) {
    return expired(layout, state, asOfMs) < layout.tiles(state, index);
  }

  /** How many tiles, the oldest, no window as of the instant or later sees. */
  int expired(ViewState layout, byte[] state, long asOfMs) {
    int base = layout.base(state, index);
    int tileBytes = layout.tileBytes(index);
    int tiles = layout.tiles(state, index);
    if (tiling.kind() != Tiling.Kind.SESSIONS) {
      return ViewState.firstFrom(state, base, tileBytes, tiles, keptFromMs(asOfMs));
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
