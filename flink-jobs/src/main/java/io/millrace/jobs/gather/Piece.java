package io.millrace.jobs.gather;

import io.millrace.feature.Values;

/** A part of what a {@link GatheringOperator} puts together. */
public interface Piece {
  /** Pieces that belong together have the same. */
  String meetingId();

  /** What asked for rows, and waits for them. */
  interface Asking extends Piece {
    /** How many rows were asked for. */
    int answers();
  }

  /** A row that was asked for. */
  interface Answering extends Piece {
    /** Its position among the rows that can be asked for. */
    int place();

    Values row();
  }
}
