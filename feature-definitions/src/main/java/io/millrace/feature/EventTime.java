package io.millrace.feature;

import java.time.Duration;
import java.util.Optional;

/**
 * How the time of a source's events is known.
 *
 * @param field the TIMESTAMP column
 * @param disorder how far an event may arrive behind the newest of its partition; zero or more
 * @param lateness how far behind the watermark an event still repairs what was computed; zero or
 *     more. Later ones go to the late side output.
 * @param future how far ahead of the wall clock an event's time may lie; zero or more. What lies
 *     further is a dead letter and moves no watermark. Empty for what the job allows all its
 *     sources.
 * @param idle after how long a partition that is silent no longer holds back the others; more than
 *     zero. What it then brings may be late, so empty, the default, waits for ever.
 */
public record EventTime(
    String field,
    Duration disorder,
    Duration lateness,
    Optional<Duration> future,
    Optional<Duration> idle) {
  /** As the job guards the future, and no partition is ever idle. */
  public EventTime(String field, Duration disorder, Duration lateness) {
    this(field, disorder, lateness, Optional.empty(), Optional.empty());
  }

  public EventTime {
    if (disorder.isNegative() || lateness.isNegative()) {
      throw new IllegalArgumentException(
          "disorder and lateness must not be negative, but they are "
              + disorder
              + " and "
              + lateness);
    }
    if (future.isPresent() && future.get().isNegative()) {
      throw new IllegalArgumentException("future must not be negative, but it is " + future.get());
    }
    if (idle.isPresent() && (idle.get().isNegative() || idle.get().isZero())) {
      throw new IllegalArgumentException("idle must be more than zero, but it is " + idle.get());
    }
  }
}
