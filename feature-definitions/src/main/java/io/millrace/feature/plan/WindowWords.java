package io.millrace.feature.plan;

import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.Optional;

/** Windows and durations as people say them. */
public final class WindowWords {
  private static final long EXACT_MS = 1;
  private static final String[] UNITS = {"d", "h", "m", "s", "ms"};
  private static final long[] UNIT_MS = {86_400_000, 3_600_000, 60_000, 1_000, 1};

  private WindowWords() {}

  /** A duration as definition files spell it: {@code 1d12h}; {@code 0s} of none. */
  public static String of(Duration duration) {
    long left = duration.toMillis();
    if (left == 0) {
      return "0s";
    }
    StringBuilder text = new StringBuilder(left < 0 ? "-" : "");
    left = Math.abs(left);
    for (int i = 0; i < UNITS.length; i++) {
      long amount = left / UNIT_MS[i];
      if (amount > 0) {
        text.append(amount).append(UNITS[i]);
        left -= amount * UNIT_MS[i];
      }
    }
    return text.toString();
  }

  /** A window in one phrase: {@code 7d by 6h}, {@code 12h exact}, {@code lifetime}. */
  public static String of(WindowSpec window) {
    String length = of(Duration.ofMillis(window.lengthMs()));
    String base =
        switch (window.kind()) {
          case SLIDING -> length + (isTiled(window) ? " by " + of(tile(window)) : " exact");
          case TUMBLING -> "tumbling " + length;
          case SESSION -> "session with gap " + length;
          case ROWS ->
              "last " + window.rows() + " rows" + (window.lengthMs() > 0 ? " of " + length : "");
          case LIFETIME -> "lifetime";
        };
    return window.delayMs() == 0
        ? base
        : base + ", delayed by " + of(Duration.ofMillis(window.delayMs()));
  }

  /** By how much the events of a value may differ from those of the window that was asked for. */
  public static String errorBound(WindowSpec window) {
    if (window.kind() == WindowSpec.Kind.TUMBLING) {
      return "as of the last multiple of "
          + of(Duration.ofMillis(window.lengthMs()))
          + ": up to that old, exact in itself";
    }
    if (!isTiled(window)) {
      return "exact to the event";
    }
    String tile = of(tile(window));
    String length = of(Duration.ofMillis(window.lengthMs()));
    return window.delayMs() == 0
        ? "tail floored to " + tile + ": holds up to " + tile + " more than " + length
        : "both edges floored to "
            + tile
            + ": holds "
            + length
            + ", and begins and ends up to "
            + tile
            + " earlier";
  }

  /**
   * After how much event time a value that started empty is that of a full window; empty if only
   * the past can make it so.
   */
  public static Optional<Duration> fillsAfter(WindowSpec window) {
    return switch (window.kind()) {
      case SLIDING, TUMBLING ->
          Optional.of(
              Duration.ofMillis(
                  window.lengthMs()
                      + window.delayMs()
                      + (window.resolutionMs() > EXACT_MS ? window.resolutionMs() : 0)));
      case ROWS ->
          window.lengthMs() > 0
              ? Optional.of(Duration.ofMillis(window.lengthMs()))
              : Optional.empty();
      case SESSION, LIFETIME -> Optional.empty();
    };
  }

  private static boolean isTiled(WindowSpec window) {
    return window.kind() == WindowSpec.Kind.SLIDING && window.resolutionMs() > EXACT_MS;
  }

  private static Duration tile(WindowSpec window) {
    return Duration.ofMillis(window.resolutionMs());
  }
}
