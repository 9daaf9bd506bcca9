package io.millrace.feature;

/**
 * What must hold of every event of a source. The expectations of a source are checked in their
 * order, until one drops the event or makes it a dead letter; every failure is counted.
 *
 * @param name what the dead letter calls it
 * @param check a BOOL expression over the event; null counts as held
 * @param onFail what becomes of an event that fails
 */
public record Expectation(String name, String check, OnFail onFail) {
  /** What becomes of an event that fails its expectation. */
  public enum OnFail {
    /** It becomes a dead letter with the expectation's name as the reason. */
    DEAD_LETTER,
    /** It is dropped and counted as dead, without a letter. */
    DROP,
    /**
     * It is used like any other, counted, and its row in the offline store names the expectations
     * that it failed.
     */
    TAG
  }
}
