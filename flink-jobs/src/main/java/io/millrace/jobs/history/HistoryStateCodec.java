package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedPast;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An enumerator in checkpoints: {@link PastCodec}, then {@code i32} and so many splits. */
final class HistoryStateCodec extends Codec<HistoryState> {
  private final HistorySplitCodec splits = new HistorySplitCodec();

  HistoryStateCodec() {
    super(HistorySplitCodec.VERSION);
  }

  @Override
  void write(HistoryState state, DataOutputStream out) throws IOException {
    PastCodec.write(state.past(), out);
    out.writeInt(state.unassigned().size());
    for (HistorySplit split : state.unassigned()) {
      splits.write(split, out);
    }
  }

  @Override
  HistoryState read(DataInputStream in) throws IOException {
    RecordedPast past = PastCodec.read(in);
    List<HistorySplit> unassigned = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      unassigned.add(splits.read(in));
    }
    return new HistoryState(past, unassigned);
  }
}
