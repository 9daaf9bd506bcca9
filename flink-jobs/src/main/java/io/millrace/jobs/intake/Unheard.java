package io.millrace.jobs.intake;

import java.time.Duration;
import org.apache.flink.util.clock.RelativeClock;

/**
 * Whether a partition that has had no record since the start is waited for any longer. The clock
 * stands still while the partition is held back, so that a slow one is not taken for an empty one.
 */
final class Unheard {
  private final long idlenessNanos;
  private final RelativeClock clock;
  private final long sinceNanos;

  Unheard(Duration idleness, RelativeClock clock) {
    this.idlenessNanos = idleness.toNanos();
    this.clock = clock;
    this.sinceNanos = clock.relativeTimeNanos();
  }

  boolean tooLong() {
    return clock.relativeTimeNanos() - sinceNanos >= idlenessNanos;
  }
}
