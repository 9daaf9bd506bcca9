package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import java.util.Optional;

/**
 * The counts of one version's rows in one pane. Merging is associative and commutative: the rows'
 * split over subtasks and their order leave no trace. Of one thread.
 */
public interface Tally<T> {
  void add(T row);

  /** Adds what {@link #toBytes} of another tally of the same version says. */
  void merge(byte[] counts);

  byte[] toBytes();

  /** The report of a whole pane; empty if it holds too little to say anything. */
  Optional<DriftReport> report(long paneStartMs, long paneEndMs);
}
