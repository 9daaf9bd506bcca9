package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedPast;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/**
 * Gives each reader a share of the recorded events, all at once, since they are read side by side
 * in the order of time: a share that began later would begin behind the others' watermark. Flink
 * calls it from one thread.
 */
final class HistoryEnumerator implements SplitEnumerator<HistorySplit, HistoryState> {
  private final SplitEnumeratorContext<HistorySplit> context;
  private final RecordedPast past;
  private final List<HistorySplit> unassigned;

  HistoryEnumerator(SplitEnumeratorContext<HistorySplit> context, HistoryState state) {
    this.context = context;
    this.past = state.past();
    this.unassigned = new ArrayList<>(state.unassigned());
  }

  /** One share for each reader. */
  static HistoryState begin(RecordedPast past, int readers) {
    List<HistorySplit> splits = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      splits.add(HistorySplit.of(past, i, readers));
    }
    return new HistoryState(past, splits);
  }

  /** What is read, and so where the topics begin. */
  RecordedPast past() {
    return past;
  }

  @Override
  public void start() {}

  @Override
  public void handleSplitRequest(int subtask, String host) {}

  @Override
  public void addSplitsBack(List<HistorySplit> splits, int subtask) {
    unassigned.addAll(splits);
  }

  @Override
  public void addReader(int subtask) {
    List<HistorySplit> own =
        unassigned.stream()
            .filter(
                split ->
                    split.share().isPresent()
                        && split.share().get().index() % context.currentParallelism() == subtask)
            .toList();
    unassigned.removeAll(own);
    own.forEach(split -> context.assignSplit(split, subtask));
    // A reader without a share, as after a restart with more of them, must not hold back the rest.
    context.assignSplit(HistorySplit.withoutEvents(past), subtask);
    context.signalNoMoreSplits(subtask);
  }

  @Override
  public HistoryState snapshotState(long checkpoint) {
    return new HistoryState(past, unassigned);
  }

  @Override
  public void close() {}
}
