package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import java.util.Optional;

/** What a Kafka record turned out to be, or one that was read before. */
public sealed interface SourceRecord {
  /**
   * An event that may be used.
   *
   * @param source the source's position in the definitions
   * @param appendedAtMs when Kafka appended it, wall clock
   */
  record Good(int source, Event event, long appendedAtMs) implements SourceRecord {}

  /**
   * A row of a table that is no longer what it was. One record, however much it changes.
   *
   * @param before the event to be taken back; empty where the row before was refused, too
   * @param after what the row is now: good, dead or dropped; empty where it was deleted
   */
  record Change(int source, Optional<Event> before, Optional<SourceRecord> after, long appendedAtMs)
      implements SourceRecord {}

  /**
   * An event that a job applied before and recorded, read back in the total order. It is in no
   * topic that is read, asks for no score and is not recorded again.
   *
   * @param source the source's position in the definitions
   * @param appendedAtMs when Kafka appended it, wall clock
   */
  record Recorded(int source, Event event, long appendedAtMs) implements SourceRecord {}

  /** A record that may not. */
  record Dead(DeadLetter letter) implements SourceRecord {}

  /** Dropped by an expectation that asks for no letter: counted only. */
  record Dropped() implements SourceRecord {}

  /** Word that no event of the partition that follows is earlier than {@code timeMs}. */
  record Beat(long timeMs) implements SourceRecord {}
}
