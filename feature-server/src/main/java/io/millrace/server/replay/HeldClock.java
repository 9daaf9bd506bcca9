package io.millrace.server.replay;

import java.util.function.LongSupplier;

/** A clock that can be held: it stands still, and goes on from there. Safe for several threads. */
final class HeldClock implements LongSupplier {
  private final LongSupplier nanoTime;
  private long behindNanos;
  private long heldAtNanos;
  private boolean held;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  HeldClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Stops; does nothing while it stands still. */
  synchronized void hold() {
    if (!held) {
      held = true;
      heldAtNanos = nanoTime.getAsLong();
    }
  }

  /** Goes on; does nothing while it goes. */
  synchronized void release() {
    if (held) {
      held = false;
      behindNanos += nanoTime.getAsLong() - heldAtNanos;
    }
  }

  @Override
  public synchronized long getAsLong() {
    return (held ? heldAtNanos : nanoTime.getAsLong()) - behindNanos;
  }
}
