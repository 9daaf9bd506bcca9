package io.millrace.server.replay;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Maps event time onto wall time.
 *
 * <p>Between two events, event time runs {@code speed} times as fast as wall time. A gap longer
 * than {@link #LONGEST_GAP} takes no wall time at all. A sender that fell behind catches up.
 *
 * <p>Safe for use by several threads: one advances, others ask what is reached.
 */
final class Pace {
  /** The longest stretch of event time without events that is waited for. */
  static final Duration LONGEST_GAP = Duration.ofHours(6);

  private static final double NANOS_PER_MS = 1_000_000;

  private final double speed;
  private final LongSupplier nanoTime;

  // Event time runs from fromMs at fromNanos to nextMs at dueNanos, and stops there.
  private boolean started;
  private long fromMs;
  private long fromNanos;
  private long nextMs;
  private long dueNanos;

  /**
   * A pace that starts with the first event.
   *
   * @param speed milliseconds of event time per millisecond of wall time; infinite waits never
   * @param nanoTime the wall clock, as {@link System#nanoTime}
   */
  Pace(double speed, LongSupplier nanoTime) {
    if (!(speed > 0)) {
      throw new IllegalArgumentException("a speed must be above 0, but it is " + speed);
    }
    this.speed = speed;
    this.nanoTime = nanoTime;
  }

  /**
   * Says which event is next, once for each.
   *
   * @param timeMs its event time
   * @return how many nanoseconds it is too early for it; negative when it is late
   * @throws IllegalArgumentException when it is earlier than the event before
   */
  synchronized long nanosUntil(long timeMs) {
    long now = nanoTime.getAsLong();
    if (!started) {
      started = true;
      nextMs = timeMs;
      dueNanos = now;
    } else if (timeMs < nextMs) {
      throw new IllegalArgumentException(
          "events must come in the order of time, but " + timeMs + " follows " + nextMs);
    }
    long gapMs = timeMs - nextMs;
    boolean skipped = gapMs > LONGEST_GAP.toMillis();
    fromMs = skipped ? timeMs : nextMs;
    fromNanos = dueNanos;
    dueNanos += skipped ? 0 : Math.round(gapMs * NANOS_PER_MS / speed);
    nextMs = timeMs;
    return dueNanos - now;
  }

  /** Whether there was an event. */
  synchronized boolean hasStarted() {
    return started;
  }

  /**
   * The event time that is reached: never falls, and no later event is before it. Meaningless until
   * {@link #hasStarted}.
   */
  synchronized long reachedMs() {
    long now = nanoTime.getAsLong();
    if (now - dueNanos >= 0) {
      return nextMs;
    }
    double runMs = Math.max(0, now - fromNanos) / NANOS_PER_MS * speed;
    return Math.min(nextMs, fromMs + (long) runMs);
  }
}
