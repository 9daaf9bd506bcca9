package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;

/** What a Kafka record turned out to be. */
public sealed interface SourceRecord {
  /**
   * An event that may be used.
   *
   * @param source the source's position in the definitions
   * @param appendedAtMs when Kafka appended it, wall clock
   */
  record Good(int source, Event event, long appendedAtMs) implements SourceRecord {}

  /** A record that may not. */
  record Dead(DeadLetter letter) implements SourceRecord {}

  /** Dropped by an expectation that asks for no letter: counted only. */
  record Dropped() implements SourceRecord {}

  /** Word that no event of the partition that follows is earlier than {@code timeMs}. */
  record Beat(long timeMs) implements SourceRecord {}
}
