package io.millrace.server.replay;

import java.time.Duration;
import java.time.Instant;

/**
 * How far a replay is.
 *
 * @param events how many were handed to the producer
 * @param eventTime the time of the newest of them
 * @param elapsed wall time since the first
 */
public record ReplayProgress(long events, Instant eventTime, Duration elapsed) {
  /** Events per second of wall time since the start. */
  public double eventsPerSecond() {
    return events / Math.max(0.001, elapsed.toNanos() / 1e9);
  }
}
