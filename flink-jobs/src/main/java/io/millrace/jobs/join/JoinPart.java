package io.millrace.jobs.join;

import io.millrace.feature.Values;
import io.millrace.jobs.gather.Piece;

/** A piece of an event of a view that joins others, on its way to where the pieces meet. */
public sealed interface JoinPart extends Piece {
  /** The view's position and the event's, as text: pieces of one event meet by it. */
  String eventId();

  @Override
  default String meetingId() {
    return eventId();
  }

  /** The position of the view that joins, in the definitions. */
  int view();

  /**
   * The event itself.
   *
   * @param order breaks ties of events, see {@link io.millrace.feature.Position#order()}
   * @param appendedAtMs when it was appended to its topic, wall clock
   * @param answers how many rows were asked for
   */
  record Driver(
      String eventId,
      int view,
      long timeMs,
      long order,
      long appendedAtMs,
      int answers,
      Values values)
      implements JoinPart, Piece.Asking {}

  /**
   * One row.
   *
   * @param row null in the columns that the view does not read
   * @param join its position among the view's joins
   */
  record Answer(String eventId, int view, int join, Values row)
      implements JoinPart, Piece.Answering {
    @Override
    public int place() {
      return join;
    }
  }
}
