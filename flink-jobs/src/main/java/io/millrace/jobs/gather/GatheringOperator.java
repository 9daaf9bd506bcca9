package io.millrace.jobs.gather;

import io.millrace.feature.Values;
import io.millrace.jobs.KeyGroupedItems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Where a piece that asked and the rows that it asked for meet, keyed by {@link Piece#meetingId};
 * they come in any order, and one that comes again changes nothing. The pieces wait on the heap,
 * since they arrive within one watermark of each other, and are part of the checkpoint by key
 * group.
 *
 * @param <P> the pieces
 * @param <A> the piece that asked
 * @param <O> what they make
 */
public abstract class GatheringOperator<P extends Piece, A extends P, O>
    extends AbstractStreamOperator<O> implements OneInputStreamOperator<P, O> {
  private static final long serialVersionUID = 1;

  private final TypeSerializer<P> serializer;
  private transient Map<String, Gathered<P>> waiting;

  protected GatheringOperator(TypeSerializer<P> serializer) {
    this.serializer = serializer;
  }

  private static final class Gathered<P> {
    private P asking;
    private int expected;
    // By place; null where none has come.
    private final List<P> answers;
    private int arrived;

    private Gathered(int places) {
      this.answers = new ArrayList<>(Collections.nCopies(places, null));
    }
  }

  /** Called before any piece comes, restored ones too. */
  protected abstract void prepare();

  /** How many rows a piece's like may ask for. */
  protected abstract int places(P piece);

  /**
   * Takes what is whole.
   *
   * @param rows by place; null where none was asked for
   */
  protected abstract void whole(A asking, Values[] rows);

  @Override
  protected boolean isUsingCustomRawKeyedState() {
    return true;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    prepare();
    waiting = new HashMap<>();
    if (context.isRestored()) {
      KeyGroupedItems.read(context.getRawKeyedStateInputs(), serializer, this::gather);
    }
    getMetricGroup().gauge("waiting", () -> waiting.size());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<P> pieces = new ArrayList<>();
    for (Gathered<P> gathered : waiting.values()) {
      if (gathered.asking != null) {
        pieces.add(gathered.asking);
      }
      gathered.answers.stream().filter(Objects::nonNull).forEach(pieces::add);
    }
    KeyGroupedItems.write(
        pieces,
        Piece::meetingId,
        serializer,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
        context.getRawKeyedOperatorStateOutput());
  }

  @Override
  public void processElement(StreamRecord<P> element) {
    P piece = element.getValue();
    Gathered<P> gathered = gather(piece);
    if (gathered.asking == null || gathered.arrived < gathered.expected) {
      return;
    }
    waiting.remove(piece.meetingId());
    Values[] rows = new Values[gathered.answers.size()];
    for (int place = 0; place < rows.length; place++) {
      if (gathered.answers.get(place) instanceof Piece.Answering answer) {
        rows[place] = answer.row();
      }
    }
    @SuppressWarnings("unchecked") // only what asks is kept there
    A asking = (A) gathered.asking;
    whole(asking, rows);
  }

  private Gathered<P> gather(P piece) {
    Gathered<P> gathered =
        waiting.computeIfAbsent(piece.meetingId(), id -> new Gathered<>(places(piece)));
    if (piece instanceof Piece.Asking asking) {
      gathered.asking = piece;
      gathered.expected = asking.answers();
    } else if (piece instanceof Piece.Answering answer
        && gathered.answers.set(answer.place(), piece) == null) {
      gathered.arrived++;
    }
    return gathered;
  }
}
