package io.millrace.server.guard;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests are let in together. Once a window it looks at the measured times: if more than
 * one of ten took longer than the target the limit falls by a tenth, of more than half by half; if
 * not and the limit was nearly reached it grows by its square root. So it settles where the target
 * is just met, whatever a request costs on this machine today (additive increase, multiplicative
 * decrease, as in TCP; Chiu and Jain 1989).
 *
 * <p>Thread-safe. A request that was let in takes two atomic operations.
 */
final class AdmissionLimit {
  /** The least time and the least number of answers that are judged together. */
  static final Duration WINDOW = Duration.ofMillis(100);

  static final int LEAST_ANSWERS = 20;

  private static final int SHARE_BEYOND_TARGET = 10;

  private final long targetNanos;
  private final int least;
  private final int most;
  private final AtomicInteger inside = new AtomicInteger();
  private volatile int limit;

  // Of the window that is open; guarded by this.
  private long windowSince;
  private int answers;
  private int slow;
  private int mostInside;

  AdmissionLimit(Duration target, int least, int most, long nowNanos) {
    this.targetNanos = target.toNanos();
    this.least = least;
    this.most = most;
    this.limit = Math.min(most, Math.max(least, 64));
    this.windowSince = nowNanos;
  }

  /** Lets a request in, unless as many as the limit are inside. */
  boolean enter() {
    if (inside.incrementAndGet() > limit) {
      inside.decrementAndGet();
      return false;
    }
    return true;
  }

  /** A request that was let in is answered. */
  void leave(long tookNanos, long nowNanos) {
    int before = inside.getAndDecrement();
    synchronized (this) {
      answers++;
      slow += tookNanos > targetNanos ? 1 : 0;
      mostInside = Math.max(mostInside, before);
      if (answers >= LEAST_ANSWERS && nowNanos - windowSince >= WINDOW.toNanos()) {
        judge();
        windowSince = nowNanos;
        answers = 0;
        slow = 0;
        mostInside = 0;
      }
    }
  }

  private void judge() {
    int now = limit;
    if (slow * 2 > answers) {
      limit = Math.max(least, now / 2);
    } else if (slow * SHARE_BEYOND_TARGET > answers) {
      limit = Math.max(least, Math.min(now - 1, now - now / 10));
    } else if (mostInside * 2 >= now) {
      limit = Math.min(most, now + (int) Math.ceil(Math.sqrt(now)));
    }
  }

  int limit() {
    return limit;
  }

  int inside() {
    return inside.get();
  }
}
