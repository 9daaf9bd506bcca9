package io.millrace.feature.window;

import io.millrace.feature.WindowSpec;

/**
 * How events are put into tiles. Features whose windows have equal tilings share a track.
 *
 * <pre>
 * ALIGNED   a tile is {@code lengthMs} long and begins at a multiple of it since the epoch
 * ALL       one tile
 * SESSIONS  a tile is a run of events with less than {@code lengthMs} between any two
 * ROWS      a tile is one event
 * </pre>
 *
 * @param lengthMs of a tile, or the gap between sessions; 0 of ALL and ROWS
 * @param source what events make sessions and rows: those of one input and filter; empty where any
 */
record Tiling(Kind kind, long lengthMs, String source) {
  /** Where a session's last event time lies in its tile, in bytes; of a row its order. */
  static final int END = 8;

  /** As the class says. */
  enum Kind {
    ALIGNED,
    ALL,
    SESSIONS,
    ROWS
  }

  /** When the last event of a session was. */
  static long endOf(byte[] state, int session) {
    return ViewState.longAt(state, session + END);
  }

  static Tiling of(CompiledFeature feature) {
    WindowSpec window = feature.window();
    return switch (window.kind()) {
      case SLIDING, TUMBLING -> new Tiling(Kind.ALIGNED, window.resolutionMs(), "");
      case SESSION ->
          feature.isOfRun()
              ? ofRuns(window.lengthMs())
              : new Tiling(Kind.SESSIONS, window.lengthMs(), feature.source());
      case ROWS -> new Tiling(Kind.ROWS, 0, feature.source());
      case LIFETIME -> new Tiling(Kind.ALL, 0, "");
    };
  }

  /**
   * Sessions of all events of the view: what a key is between two times at which it is forgotten.
   */
  static Tiling ofRuns(long gapMs) {
    return new Tiling(Kind.SESSIONS, gapMs, "");
  }

  /** Whether any event of the view makes tiles, not only those that a feature takes. */
  boolean isOfRuns() {
    return kind == Kind.SESSIONS && source.isEmpty();
  }

  /** Exact to the event: a tile for each instant. */
  boolean isExact() {
    return kind == Kind.ALIGNED && lengthMs == 1;
  }

  /**
   * Whether a tile is what events make it, so that tiles move and merge: no nodes stand for them.
   */
  boolean isOfEvents() {
    return kind == Kind.SESSIONS || kind == Kind.ROWS;
  }

  /** How many numbers of 64 bits come before the columns: the start, and of some one more. */
  int heads() {
    return kind == Kind.SESSIONS || kind == Kind.ROWS ? 2 : 1;
  }
}
