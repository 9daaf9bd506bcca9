package io.millrace.feature.erasure;

import java.util.Objects;

/**
 * Word that a subject is erased, on the compacted topic {@code erasures}, keyed by its id. While it
 * goes on, everything of the subject is refused. When it is done, two instants tell what is of the
 * erased subject and is refused for ever, however often it comes again: what happened up to {@code
 * untilMs}, and what was in a topic by {@code atMs}. What comes later is of a new subject.
 *
 * @param id of the erasure
 * @param column the key column
 * @param subject the {@link SubjectHash} of the value
 * @param phase how far it has come; a later record of the same id replaces an earlier one
 * @param untilMs the last event time that is erased
 * @param atMs when it was asked for, or from {@link Phase#OPEN} on when it was done; wall clock
 */
public record Erasure(
    String id, String column, String subject, Phase phase, long untilMs, long atMs) {
  /** The topic that tells of erasures, for ever. */
  public static final String TOPIC = "erasures";

  /** The topic on which operators say that they obeyed. */
  public static final String ACKS_TOPIC = "erasure-acks";

  /**
   * How far an erasure has come. Each is told when all operators have acknowledged the one before,
   * so nothing is on its way any more when it is dropped.
   */
  public enum Phase {
    /** Refuse everything of the subject. */
    CLOSE,
    /** Drop its state. */
    DROP,
    /** Empty the stores that only the job can write to. */
    SWEEP,
    /** It is done; refuse what is of before. */
    OPEN
  }

  public Erasure {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(column, "column");
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(phase, "phase");
  }

  /**
   * Whether something is old enough to be the erased subject's, if it is of that value.
   *
   * @param timeMs its event time
   * @param knownAtMs when it was appended to its topic
   */
  public boolean reaches(long timeMs, long knownAtMs) {
    return phase != Phase.OPEN || timeMs <= untilMs || knownAtMs <= atMs;
  }

  /** The same in another phase, from which time on. */
  public Erasure in(Phase next, long nextAtMs) {
    return new Erasure(id, column, subject, next, untilMs, nextAtMs);
  }
}
