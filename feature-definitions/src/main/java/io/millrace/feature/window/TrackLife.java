package io.millrace.feature.window;

import io.millrace.feature.WindowSpec;
import java.util.List;

/**
 * How long the tiles of a track are seen by its windows, and so which may be dropped when.
 * Immutable and thread-safe.
 */
final class TrackLife {
  private static final int FAN = 1 << ViewState.FAN_BITS;
  private static final int FEWEST_DROPPED = 4;

  private final int index;
  private final Tiling tiling;
  private final long latenessMs;

  /** How long before t a window as of t can begin; {@link Long#MAX_VALUE} where events tell. */
  private final long reachMs;

  /** How long after its start no window sees a tile any more; {@link Long#MAX_VALUE} if ever. */
  private final long lifeMs;

  /**
   * @param index of the track among those of the state
   * @param windows that are read from it
   * @param latenessMs how far behind the latest {@link ViewAggregator#expire} an event may come
   */
  TrackLife(int index, Tiling tiling, List<WindowSpec> windows, long latenessMs) {
    this.index = index;
    this.tiling = tiling;
    this.latenessMs = latenessMs;
    this.reachMs = windows.stream().mapToLong(TrackLife::reachOf).max().orElse(Long.MAX_VALUE);
    this.lifeMs =
        switch (tiling.kind()) {
          case ALIGNED -> tiling.lengthMs() + reachMs;
          case ROWS -> reachMs == Long.MAX_VALUE ? Long.MAX_VALUE : 1 + reachMs;
          case ALL, SESSIONS -> Long.MAX_VALUE;
        };
  }

  private static long reachOf(WindowSpec window) {
    boolean doEventsTell =
        window.kind() == WindowSpec.Kind.LIFETIME
            || window.kind() == WindowSpec.Kind.SESSION
            || window.lengthMs() == 0;
    return doEventsTell ? Long.MAX_VALUE : window.lengthMs() + window.delayMs();
  }

  /** How long before an instant a window as of it can begin, where not events tell. */
  long longestMs() {
    return reachMs;
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
  long goneMs(long startMs) {
    return lifeMs == Long.MAX_VALUE ? Long.MAX_VALUE : startMs + lifeMs;
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
      return ViewState.firstFromNear(state, base, tileBytes, tiles, keptFromMs(asOfMs), 0);
    }
    // A late event may still join what is closed.
    int expired = 0;
    while (expired < tiles
        && latenessMs != Long.MAX_VALUE
        && Tiling.endOf(state, base + expired * tileBytes) + tiling.lengthMs() + latenessMs
            < asOfMs) {
      expired++;
    }
    return expired;
  }

  /**
   * How many of the expired tiles may be dropped now: all; or where nodes stand for them, which
   * begin with multiples of 8, 64 or 512 tiles, as many as let the largest nodes go on that stand
   * for no more than those.
   */
  int droppable(ViewState layout, byte[] state, int expired) {
    int largest = ViewState.FAN_BITS * Math.max(1, TileTree.levels(expired));
    return layout.built(state, index) == 0 ? expired : expired >> largest << largest;
  }
}
