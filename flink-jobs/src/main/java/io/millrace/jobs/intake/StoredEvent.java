package io.millrace.jobs.intake;

import io.millrace.feature.Event;

/**
 * An event on its way to the offline store.
 *
 * @param source the source's position in the definitions
 * @param knownAtMs when Kafka appended it, wall clock: the moment from which it could be known
 * @param takenBack whether the event is taken back, as a change to a table does
 */
public record StoredEvent(int source, Event event, long knownAtMs, boolean takenBack) {
  /** An event that is. */
  public StoredEvent(int source, Event event, long knownAtMs) {
    this(source, event, knownAtMs, false);
  }
}
