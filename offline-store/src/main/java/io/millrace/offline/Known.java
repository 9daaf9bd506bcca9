package io.millrace.offline;

/**
 * A thing with the moment from which it was known: a training set that must see only what could be
 * seen cuts by it.
 *
 * @param knowledgeMs when it was appended to its topic or computed, wall clock
 * @param takenBack whether what was known then is that the thing is no more, as a change to a table
 *     tells
 */
public record Known<T>(T value, long knowledgeMs, boolean takenBack) {
  /** A thing that is. */
  public Known(T value, long knowledgeMs) {
    this(value, knowledgeMs, false);
  }
}
