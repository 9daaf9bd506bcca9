package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedPast;
import java.util.List;

/**
 * What the enumerator of a history remembers: which snapshots it began with, so that a restart
 * reads no others, and the shares that no reader has.
 */
record HistoryState(RecordedPast past, List<HistorySplit> unassigned) {
  HistoryState {
    unassigned = List.copyOf(unassigned);
  }
}
