package io.millrace.feature;

import java.time.Duration;

/**
 * How the time of a source's events is known.
 *
 * @param field the TIMESTAMP column
 * @param disorder how far an event may arrive behind the newest of its partition; zero or more
 * @param lateness how far behind the watermark an event still repairs what was computed; zero or
 *     more. Later ones go to the late side output.
 */
public record EventTime(String field, Duration disorder, Duration lateness) {
  public EventTime {
    if (disorder.isNegative() || lateness.isNegative()) {
      throw new IllegalArgumentException(
          "disorder and lateness must not be negative, but they are "
              + disorder
              + " and "
              + lateness);
    }
  }
}
