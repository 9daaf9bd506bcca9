package io.millrace.jobs.monitor;

import java.io.Serializable;
import java.util.Optional;

/** How rows of one kind are counted: predictions for their inputs, outcomes for performance. */
public interface Watched<T> extends Serializable {
  String model(T row);

  int version(T row);

  /** The request's event time, by which panes are cut. */
  long timeMs(T row);

  /** Nothing counted yet; empty if the version has no reference to be held against. */
  Optional<Tally<T>> tally(String model, int version);
}
