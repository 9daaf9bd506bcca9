package io.millrace.jobs.vector;

import io.millrace.feature.Values;
import io.millrace.jobs.gather.Piece;

/** A piece of a vector on its way to where the pieces meet. */
public sealed interface VectorPart extends Piece {
  /** The request's position as text: pieces of one request meet by it. */
  String requestId();

  @Override
  default String meetingId() {
    return requestId();
  }

  /**
   * The request itself.
   *
   * @param requestKey the columns that its label is joined on
   * @param timeMs its event time
   * @param appendedAtMs when it was appended to its topic, wall clock
   * @param answers how many rows were asked for
   */
  record Request(
      String requestId,
      String requestKey,
      long timeMs,
      long appendedAtMs,
      int answers,
      Values values)
      implements VectorPart, Piece.Asking {}

  /**
   * One row.
   *
   * @param lookup its position among the plan's lookups
   */
  record Answer(String requestId, int lookup, long timeMs, Values row)
      implements VectorPart, Piece.Answering {
    @Override
    public int place() {
      return lookup;
    }
  }
}
