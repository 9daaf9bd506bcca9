package io.millrace.jobs.gather;

import io.millrace.feature.Values;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.jobs.KeyGroupedItems;
import io.millrace.jobs.erasure.ErasureDuty;
import io.millrace.jobs.erasure.ErasureSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
  private final ErasureSettings erasures;
  private final String name;
  private transient Map<String, Gathered<P>> waiting;
  private transient ErasureDuty duty;

  /**
   * @param erasures where it is told of subjects whose pieces it drops
   * @param name by which it answers
   */
  protected GatheringOperator(TypeSerializer<P> serializer, ErasureSettings erasures, String name) {
    this.serializer = serializer;
    this.erasures = erasures;
    this.name = name;
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

  /** The erasure of the subject that asks; empty if it is none's. */
  protected abstract Optional<Erasure> erasedBy(A asking, ErasedSubjects subjects);

  /** What asks without anything of it; {@link #whole} is not called for it. */
  protected abstract A emptied(A asking);

  /** Whether it is {@link #emptied}. */
  protected abstract boolean isEmptied(A asking);

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
  public void open() throws Exception {
    super.open();
    duty = ErasureDuty.open(erasures, name, getRuntimeContext().getTaskInfo());
    erase();
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    List<Erasure> told = duty.news();
    if (!told.isEmpty()) {
      erase();
    }
    told.forEach(one -> duty.obeyed(one, 0));
  }

  /** What asks for an erased subject waits on without it, until what it asked for has come. */
  private void erase() {
    if (duty.isIdle()) {
      return;
    }
    for (Gathered<P> gathered : waiting.values()) {
      if (gathered.asking != null) {
        A asking = asking(gathered);
        Optional<Erasure> by =
            isEmptied(asking) ? Optional.empty() : erasedBy(asking, duty.subjects());
        if (by.isPresent()) {
          gathered.asking = emptied(asking);
          duty.counted(by.get().id(), 1);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // only what asks is kept there
  private A asking(Gathered<P> gathered) {
    return (A) gathered.asking;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    duty.completed(checkpointId);
  }

  @Override
  public void close() throws Exception {
    if (duty != null) {
      duty.close();
    }
    super.close();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    duty.taken(context.getCheckpointId(), getProcessingTimeService().getCurrentProcessingTime());
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
    A asking = asking(gathered);
    if (isEmptied(asking)) {
      return;
    }
    Values[] rows = new Values[gathered.answers.size()];
    for (int place = 0; place < rows.length; place++) {
      if (gathered.answers.get(place) instanceof Piece.Answering answer) {
        rows[place] = answer.row();
      }
    }
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
