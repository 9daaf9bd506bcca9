package io.millrace.jobs.feature;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DeadLetterSerializer;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KeyGroupedItems;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.erasure.ObeyedErasures;
import io.millrace.jobs.erasure.StateFiles;
import io.millrace.jobs.join.JoinPart;
import io.millrace.jobs.join.JoinPartSerializer;
import io.millrace.jobs.vector.VectorPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Keeps the state of every key and view, and answers from it.
 *
 * <p>Messages wait on the heap until the watermark says that nothing before them can come; then
 * they are taken in total order. So an event costs one read and one write of the key's packed
 * value, a request sees exactly the events before it, and a replay gives the same rows. Events that
 * come behind the watermark repair the state at once and the row as of the watermark is made anew.
 *
 * <p>After a restart with other definitions, the states of views that are no more are dropped, and
 * the rows of views that changed are made anew, as of the watermark of the checkpoint.
 *
 * <p>Rows go to the main output; answers to requests to {@link #ANSWERS}. What waits is part of the
 * checkpoint, by key group. The heap holds what arrived within the sources' disorder and alignment,
 * and one wake for each key with a window that will still empty.
 */
public final class FeatureOperator extends AbstractStreamOperator<RowUpdate>
    implements OneInputStreamOperator<ViewMessage, RowUpdate> {
  private static final long serialVersionUID = 1;

  /** The rows that requests asked for. */
  public static final OutputTag<VectorPart> ANSWERS =
      new OutputTag<>("answers", io.millrace.jobs.vector.VectorPartSerializer.TYPE);

  /** The rows that events of other views are joined to. */
  public static final OutputTag<JoinPart> JOINED =
      new OutputTag<>("joined", JoinPartSerializer.TYPE);

  /** Rows made by events, as events of the views over them. */
  public static final OutputTag<ViewMessage> ROW_EVENTS =
      new OutputTag<>("row-events", ViewMessageSerializer.TYPE);

  /** Values that overflowed, and keys with more events than an exact window keeps apart. */
  public static final OutputTag<DeadLetter> TROUBLE =
      new OutputTag<>("trouble", DeadLetterSerializer.TYPE);

  /**
   * How many bytes of state a subtask keeps on the heap before the state backend: half of them for
   * states as they are changed, half for more states as they are stored, about a fifth as large.
   */
  public static final long HOT_STATE_BYTES = 64L << 20;

  private static final ValueStateDescriptor<byte[]> STATE =
      new ValueStateDescriptor<>("view-state", BytePrimitiveArraySerializer.INSTANCE);

  private final DefinitionSet definitionSet;
  private final long hotStateBytes;
  private final ErasureSettings erasures;
  private final String name;

  private transient ViewAggregator[] aggregators;
  private transient String[] viewIds;
  private transient Map<String, Integer> positions;
  private transient ValueState<byte[]> state;
  private transient HotStates states;
  private transient HotStates packedStates;
  private transient Migrations migrations;
  private transient ListState<String> layoutState;
  private transient String currentKey;
  private transient MessageQueue waiting;
  private transient Wakes wakes;
  private transient long watermarkMs;
  private transient ListState<Long> watermarkState;
  private transient FeatureTrouble trouble;
  private transient SubjectStates subjectStates;
  private transient ObeyedErasures erasure;
  // Of views that changed over a restart, until their rows are made anew.
  private transient Set<Integer> toMakeAnew;
  private transient KeyRows rows;

  public FeatureOperator(DefinitionSet definitionSet) {
    this(definitionSet, HOT_STATE_BYTES);
  }

  /**
   * @param hotStateBytes how many bytes of state a subtask keeps on the heap; 0 for none but the
   *     one in use
   */
  public FeatureOperator(DefinitionSet definitionSet, long hotStateBytes) {
    this(definitionSet, hotStateBytes, ErasureSettings.none(), "features");
  }

  /**
   * @param hotStateBytes how many bytes of state a subtask keeps on the heap; 0 for none but the
   *     one in use
   * @param erasures where it is told whose states it drops
   * @param name by which it answers
   */
  public FeatureOperator(
      DefinitionSet definitionSet, long hotStateBytes, ErasureSettings erasures, String name) {
    this.definitionSet = definitionSet;
    this.hotStateBytes = hotStateBytes;
    this.erasures = erasures;
    this.name = name;
  }

  /** The key's own state in Flink's backend. */
  private final class KeyedStore implements HotStates.Store {
    @Override
    public byte[] read(String key) throws Exception {
      FeatureOperator.super.setCurrentKey(key);
      return state.value();
    }

    @Override
    public void write(String key, byte[] value) throws Exception {
      FeatureOperator.super.setCurrentKey(key);
      if (value == null) {
        state.clear();
      } else {
        state.update(value);
      }
    }
  }

  /** States as they are stored; nobody changes these arrays, so the backend may keep them. */
  private final class PackedStore implements HotStates.Store {
    @Override
    public byte[] read(String key) throws Exception {
      byte[] value = packedStates.value(key);
      return value == null ? null : migrations.state(key, value);
    }

    @Override
    public void write(String key, byte[] value) throws Exception {
      packedStates.update(key, value == null ? null : migrations.packed(key, value));
    }
  }

  /** Remembered only: the backend is told when it is asked. */
  @Override
  public void setCurrentKey(Object key) {
    currentKey = (String) key;
  }

  @Override
  public Object getCurrentKey() {
    return currentKey;
  }

  @Override
  protected boolean isUsingCustomRawKeyedState() {
    return true;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    ViewGraph graph = ViewGraph.of(definitionSet.definitions());
    List<ViewNode> views = graph.asDefined();
    aggregators = views.stream().map(ViewNode::aggregator).toArray(ViewAggregator[]::new);
    viewIds = views.stream().map(node -> node.view().id()).toArray(String[]::new);
    positions = new HashMap<>();
    for (int i = 0; i < viewIds.length; i++) {
      positions.put(viewIds[i], i);
    }
    packedStates = new HotStates(hotStateBytes / 2, new KeyedStore());
    states = new HotStates(hotStateBytes / 2, new PackedStore());
    waiting = new MessageQueue();
    wakes = new Wakes();
    // Kept, since a source begins without one after a restart, and what was late must stay late.
    watermarkState =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
    watermarkMs = Long.MIN_VALUE;
    for (long restored : watermarkState.get()) {
      watermarkMs = Math.max(watermarkMs, restored);
    }
    state = context.getKeyedStateStore().getState(STATE);
    layoutState =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("layouts", StringSerializer.INSTANCE));
    migrations = new Migrations(viewIds, aggregators, layoutState.get());
    trouble =
        new FeatureTrouble(
            () -> getProcessingTimeService().getCurrentProcessingTime(),
            letter -> output.collect(TROUBLE, new StreamRecord<>(letter)),
            getMetricGroup().counter("overflows"),
            getMetricGroup().counter("coarsenedKeys"));
    subjectStates = new SubjectStates(views);
    erasure = new ObeyedErasures(erasures);
    erasure.initialize(context);
    if (context.isRestored()) {
      KeyGroupedItems.read(
          context.getRawKeyedStateInputs(), ViewMessageSerializer.INSTANCE, this::restoreWaiting);
    }
    toMakeAnew = context.isRestored() ? migrations.changed() : Set.of();
    getMetricGroup().gauge("waiting", () -> waiting.size());
    getMetricGroup().gauge("stateReads", () -> states.reads());
    getMetricGroup().gauge("stateReadsOfBackend", () -> packedStates.misses());
    getMetricGroup().gauge("statesUnpacked", () -> states.misses());
    rows =
        new KeyRows(
            graph,
            states,
            waiting,
            wakes,
            trouble,
            getMetricGroup().counter("answersBehindWatermark"),
            output);
  }

  @Override
  public void open() throws Exception {
    super.open();
    Set<String> gone = migrations.gone();
    if (!gone.isEmpty()) {
      forEachState(
          key -> {
            if (gone.contains(Migrations.viewIdOf(key))) {
              state.clear();
            }
          });
      migrations.forgetGone();
    }
    erasure.open(name, getRuntimeContext().getTaskInfo());
    // What was restored asking is answered when its time comes, from states that are gone.
    erase(asked -> false);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    List<Erasure> told = erasure.duty().news();
    erase(
        asked -> {
          rows.answer(asked, ViewAggregator.EMPTY);
          return true;
        });
    told.forEach(one -> erasure.duty().obeyed(one, 0));
  }

  private interface Asked {
    boolean isAnswered(ViewMessage asked);
  }

  /**
   * Drops what is of subjects whose erasure was not obeyed yet. Nothing of them comes any more, or
   * it is refused before it is here.
   *
   * @param asked is given what asks for their rows; where it is answered it waits no more
   */
  private void erase(Asked asked) throws Exception {
    List<Erasure> told = erasure.toObey();
    if (told.isEmpty()) {
      return;
    }
    Predicate<String> ofSubjects = subjectStates.of(erasure.duty().only(told));
    flushStates();
    List<String> keys = new ArrayList<>();
    forEachState(
        key -> {
          if (ofSubjects.test(key)) {
            keys.add(key);
          }
        });
    for (String key : keys) {
      states.update(key, null);
    }
    flushStates();
    int waited = waiting.size();
    waiting.removeIf(
        message ->
            ofSubjects.test(message.stateKey())
                && switch (message.kind()) {
                  case EVENT, RETRACT, WAKE, OVERFLOWING -> true;
                  case ASK, JOIN -> asked.isAnswered(message);
                });
    wakes.forget(ofSubjects);
    trouble.forget(ofSubjects);
    for (Erasure one : told) {
      erasure.duty().counted(one.id(), keys.size() + waited - waiting.size());
    }
    StateFiles.rewrite(
        getKeyedStateBackend(),
        List.of(STATE.getName()),
        state::clear,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks());
  }

  private void flushStates() throws Exception {
    states.flush();
    packedStates.flush();
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    erasure.duty().completed(checkpointId);
  }

  @Override
  public void close() throws Exception {
    if (erasure != null) {
      erasure.close();
    }
    super.close();
  }

  private interface KeyAction {
    void of(String key) throws Exception;
  }

  /** Goes through the backend; an action finds the state set to its key. */
  private void forEachState(KeyAction action) throws Exception {
    getKeyedStateBackend()
        .applyToAllKeys(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            STATE,
            (key, ofKey) -> action.of((String) key));
  }

  /** One pass over all keys; what was restored is not yet followed by anything. */
  private void makeRowsAnew() throws Exception {
    Set<Integer> views = toMakeAnew;
    toMakeAnew = Set.of();
    if (watermarkMs == Long.MIN_VALUE) {
      return;
    }
    long asOfMs = watermarkMs + 1;
    forEachState(
        key -> {
          Integer view = positions.get(Migrations.viewIdOf(key));
          if (view != null && views.contains(view)) {
            rows.makeAnew(view, key, asOfMs);
          }
        });
  }

  private void restoreWaiting(ViewMessage stored) {
    ViewMessage message = migrations.message(stored);
    if (message == null) {
      return;
    }
    if (message.kind() == ViewMessage.Kind.OVERFLOWING) {
      trouble.restore(message, aggregators[message.view()]);
      return;
    }
    waiting.add(message);
    if (message.kind() == ViewMessage.Kind.WAKE) {
      wakes.restore(message);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    flushStates();
    erasure.snapshot(
        context.getCheckpointId(), getProcessingTimeService().getCurrentProcessingTime());
    watermarkState.update(List.of(watermarkMs));
    layoutState.update(migrations.entries());
    List<ViewMessage> toKeep = trouble.toKeep(positions, aggregators);
    waiting.forEach(toKeep::add);
    KeyGroupedItems.write(
        toKeep,
        ViewMessage::stateKey,
        ViewMessageSerializer.INSTANCE,
        getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
        context.getRawKeyedOperatorStateOutput());
  }

  @Override
  public void processElement(StreamRecord<ViewMessage> element) throws Exception {
    ViewMessage message = element.getValue();
    if (message.ofEvent() && message.timeMs() <= watermarkMs) {
      rows.repair(message, watermarkMs);
    } else {
      waiting.add(message);
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (!toMakeAnew.isEmpty()) {
      makeRowsAnew();
    }
    watermarkMs = Math.max(watermarkMs, mark.getTimestamp());
    while (!waiting.isEmpty() && waiting.peek().releasedBy(watermarkMs)) {
      rows.takeInstantOfKey();
    }
    super.processWatermark(mark);
  }
}
