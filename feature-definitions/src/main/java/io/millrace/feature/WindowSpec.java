package io.millrace.feature;

import java.time.Duration;

/**
 * Which events a value as of t is computed from. Everything is of events before t.
 *
 * <ul>
 *   <li>Sliding: {@code [t - length, t)}, the tail exact to the millisecond, or with a resolution r
 *       floored to a multiple of r since the epoch: {@code [floor(t - length, r), t)}. The head is
 *       exact to the event. With a delay d the window of t - d, both edges floored: {@code [floor(t
 *       - d - length, r), floor(t - d, r))}.
 *   <li>Tumbling: the last complete one of the windows that begin at multiples of the length since
 *       the epoch: {@code [floor(t - d, length) - length, floor(t - d, length))}.
 *   <li>Session: the events that the feature takes, up to the last one before t, with less than the
 *       gap between any two in succession, as long as t is less than the gap after that last one;
 *       then nothing.
 *   <li>Rows: the last n events that the feature takes (its filter admits, its input is not null),
 *       of those in {@code [t - length, t)} if there is a length.
 *   <li>Lifetime: all before t.
 * </ul>
 *
 * @param lengthMs in milliseconds; of a session the gap; 0 where there is none
 * @param resolutionMs the length of the tiles, 1 where the tail is exact; 0 where there are none
 * @param rows how many; 0 where all
 * @param delayMs how long an event waits before it is seen; 0 or more
 * @param mostInstants of an exact sliding window, up to how many instants with an event a key is
 *     kept exact: from there on, the older half of them leaves in steps of four times the length
 *     over this number, late by up to a step, and the key is reported; 0 of other windows
 */
public record WindowSpec(
    Kind kind, long lengthMs, long resolutionMs, int rows, long delayMs, int mostInstants) {
  /** Up to how many instants a key is exact unless its definition says otherwise. */
  public static final int MOST_INSTANTS = 10_000;

  /** No definition may ask for more instants than this; each lies in the state. */
  public static final int MOST_INSTANTS_AT_MOST = 1_000_000;

  private static final int FEWEST_INSTANTS = 16;

  /** No more rows than this may be asked for; each lies in the state. */
  public static final int MOST_ROWS = 10_000;

  /** The kinds of window. */
  public enum Kind {
    SLIDING,
    TUMBLING,
    SESSION,
    ROWS,
    LIFETIME
  }

  public WindowSpec {
    switch (kind) {
      case SLIDING -> {
        if (lengthMs <= 0 || resolutionMs <= 0 || lengthMs % resolutionMs != 0) {
          throw new IllegalArgumentException(
              "a sliding window's length must be a positive multiple of its resolution, but they"
                  + " are "
                  + Duration.ofMillis(lengthMs)
                  + " and "
                  + Duration.ofMillis(resolutionMs));
        }
        if (delayMs % resolutionMs != 0) {
          throw new IllegalArgumentException(
              "a delay must be a multiple of the resolution, but they are "
                  + Duration.ofMillis(delayMs)
                  + " and "
                  + Duration.ofMillis(resolutionMs));
        }
      }
      case TUMBLING, SESSION -> {
        if (lengthMs <= 0) {
          throw new IllegalArgumentException(
              (kind == Kind.SESSION ? "a session's gap" : "a tumbling window's length")
                  + " must be positive, but it is "
                  + Duration.ofMillis(lengthMs));
        }
      }
      case ROWS -> {
        if (rows < 1 || rows > MOST_ROWS) {
          throw new IllegalArgumentException(
              "a window of rows holds 1 to " + MOST_ROWS + " of them, but this one " + rows);
        }
        if (lengthMs < 0) {
          throw new IllegalArgumentException(
              "a window must be longer than nothing, but it is " + Duration.ofMillis(lengthMs));
        }
      }
      case LIFETIME -> {
        if (lengthMs != 0 || resolutionMs != 0) {
          throw new IllegalArgumentException("a lifetime window has no length and no resolution");
        }
      }
    }
    if (isExact(kind, resolutionMs)
        ? mostInstants < FEWEST_INSTANTS || mostInstants > MOST_INSTANTS_AT_MOST
        : mostInstants != 0) {
      throw new IllegalArgumentException(
          "an exact sliding window is exact up to "
              + FEWEST_INSTANTS
              + " to "
              + MOST_INSTANTS_AT_MOST
              + " instants a key, and no other window says how many, but this is "
              + mostInstants);
    }
    if (kind != Kind.ROWS && rows != 0) {
      throw new IllegalArgumentException("only a window of rows counts rows");
    }
    if (delayMs < 0 || (delayMs > 0 && kind != Kind.SLIDING && kind != Kind.TUMBLING)) {
      throw new IllegalArgumentException(
          "sliding and tumbling windows take a delay of zero or more, but this is "
              + Duration.ofMillis(delayMs)
              + " of a window of kind "
              + kind);
    }
  }

  /** A window exact to the event at both ends. */
  public static WindowSpec slidingExact(Duration length) {
    return new WindowSpec(Kind.SLIDING, length.toMillis(), 1, 0, 0, MOST_INSTANTS);
  }

  /** A window whose tail is floored to multiples of {@code resolution}. */
  public static WindowSpec slidingByTiles(Duration length, Duration resolution) {
    return new WindowSpec(
        Kind.SLIDING,
        length.toMillis(),
        resolution.toMillis(),
        0,
        0,
        instants(resolution.toMillis()));
  }

  /** The last complete window of those that begin at multiples of {@code length}. */
  public static WindowSpec tumbling(Duration length) {
    return new WindowSpec(Kind.TUMBLING, length.toMillis(), length.toMillis(), 0, 0, 0);
  }

  /** The session that the last event is in, until {@code gap} has passed since. */
  public static WindowSpec session(Duration gap) {
    return new WindowSpec(Kind.SESSION, gap.toMillis(), 1, 0, 0, 0);
  }

  /** The last {@code rows} events that the feature takes. */
  public static WindowSpec lastRows(int rows) {
    return new WindowSpec(Kind.ROWS, 0, 1, rows, 0, 0);
  }

  /** The last {@code rows} events that the feature takes, of those of the last {@code length}. */
  public static WindowSpec lastRowsWithin(int rows, Duration length) {
    return new WindowSpec(Kind.ROWS, length.toMillis(), 1, rows, 0, 0);
  }

  public static WindowSpec lifetime() {
    return new WindowSpec(Kind.LIFETIME, 0, 0, 0, 0, 0);
  }

  private static boolean isExact(Kind kind, long resolutionMs) {
    return kind == Kind.SLIDING && resolutionMs == 1;
  }

  private static int instants(long resolutionMs) {
    return isExact(Kind.SLIDING, resolutionMs) ? MOST_INSTANTS : 0;
  }

  /** The same exact window, exact up to so many instants a key. */
  public WindowSpec exactUpTo(int instants) {
    return new WindowSpec(kind, lengthMs, resolutionMs, rows, delayMs, instants);
  }

  /** The same window, {@code delay} earlier. */
  public WindowSpec delayedBy(Duration delay) {
    return new WindowSpec(kind, lengthMs, resolutionMs, rows, delay.toMillis(), mostInstants);
  }

  /**
   * The first instant that may be inside the window as of t; {@link Long#MIN_VALUE} where only the
   * events tell.
   */
  public long startMs(long asOfMs) {
    return switch (kind) {
      case SLIDING -> floor(asOfMs - delayMs - lengthMs);
      case TUMBLING -> floor(asOfMs - delayMs) - lengthMs;
      case ROWS -> lengthMs == 0 ? Long.MIN_VALUE : asOfMs - lengthMs;
      case SESSION, LIFETIME -> Long.MIN_VALUE;
    };
  }

  /**
   * The greatest age that an event in a window can have, in milliseconds; {@link Long#MAX_VALUE}
   * where only the events tell.
   */
  public long lookBackMs() {
    return switch (kind) {
      case SLIDING -> lengthMs + resolutionMs + delayMs;
      case TUMBLING -> 2 * lengthMs + delayMs;
      case ROWS -> lengthMs == 0 ? Long.MAX_VALUE : lengthMs;
      case SESSION, LIFETIME -> Long.MAX_VALUE;
    };
  }

  /** The first instant after the window as of t. */
  public long endMs(long asOfMs) {
    return switch (kind) {
      case SLIDING -> delayMs == 0 ? asOfMs : floor(asOfMs - delayMs);
      case TUMBLING -> floor(asOfMs - delayMs);
      case ROWS, SESSION, LIFETIME -> asOfMs;
    };
  }

  private long floor(long timeMs) {
    return resolutionMs == 1 ? timeMs : Math.floorDiv(timeMs, resolutionMs) * resolutionMs;
  }
}
