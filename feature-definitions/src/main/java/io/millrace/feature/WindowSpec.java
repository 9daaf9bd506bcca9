package io.millrace.feature;

import java.time.Duration;

/**
 * Which events a value as of t is computed from. Sliding: {@code [t - length, t)}, the tail exact
 * to the millisecond, or with a resolution r floored to a multiple of r since the epoch: {@code
 * [floor(t - length, r), t)}. The head is always exact to the event. Lifetime: all before t.
 */
public record WindowSpec(Kind kind, long lengthMs, long resolutionMs) {
  /** The kinds of window. */
  public enum Kind {
    SLIDING,
    LIFETIME
  }

  public WindowSpec {
    if (kind == Kind.SLIDING
        && (lengthMs <= 0 || resolutionMs <= 0 || lengthMs % resolutionMs != 0)) {
      throw new IllegalArgumentException(
          "a sliding window's length must be a positive multiple of its resolution, but they are "
              + Duration.ofMillis(lengthMs)
              + " and "
              + Duration.ofMillis(resolutionMs));
    }
    if (kind == Kind.LIFETIME && (lengthMs != 0 || resolutionMs != 0)) {
      throw new IllegalArgumentException("a lifetime window has no length and no resolution");
    }
  }

  /** A window exact to the event at both ends. */
  public static WindowSpec slidingExact(Duration length) {
    return new WindowSpec(Kind.SLIDING, length.toMillis(), 1);
  }

  /** A window whose tail is floored to multiples of {@code resolution}. */
  public static WindowSpec slidingByTiles(Duration length, Duration resolution) {
    return new WindowSpec(Kind.SLIDING, length.toMillis(), resolution.toMillis());
  }

  public static WindowSpec lifetime() {
    return new WindowSpec(Kind.LIFETIME, 0, 0);
  }

  /** The first instant inside the window as of t, or {@link Long#MIN_VALUE} for a lifetime. */
  public long startMs(long asOfMs) {
    return kind == Kind.LIFETIME
        ? Long.MIN_VALUE
        : Math.floorDiv(asOfMs - lengthMs, resolutionMs) * resolutionMs;
  }
}
