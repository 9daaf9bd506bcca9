package io.millrace.jobs.feature;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.window.Reading;
import io.millrace.feature.window.RowMaker;
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
import java.util.Arrays;
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
import org.apache.flink.metrics.Counter;
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

  private transient ViewGraph graph;
  private transient List<ViewGraph.NumberedJoin> joins;
  private transient ViewAggregator[] aggregators;
  private transient RowMaker[] makers;
  private transient String[] viewIds;
  private transient Map<String, Integer> positions;
  // For each view, those over its rows.
  private transient int[][] over;
  private transient ValueState<byte[]> state;
  private transient HotStates states;
  private transient HotStates packedStates;
  private transient Migrations migrations;
  private transient ListState<String> layoutState;
  private transient String currentKey;
  private transient MessageQueue waiting;
  // Of each key the one that counts; others that wait are not heeded.
  private transient Map<String, ViewMessage> wakes;
  private transient long watermarkMs;
  private transient ListState<Long> watermarkState;
  private transient Counter answersBehind;
  private transient FeatureTrouble trouble;
  private transient SubjectStates subjectStates;
  private transient ObeyedErasures erasure;
  // Of views that changed over a restart, until their rows are made anew.
  private transient Set<Integer> toMakeAnew;
  // Flink's outputs take a record's place over and over again.
  private transient StreamRecord<RowUpdate> rowRecord;

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
    graph = ViewGraph.of(definitionSet.definitions());
    joins = graph.joins();
    List<ViewNode> views = graph.asDefined();
    aggregators = views.stream().map(ViewNode::aggregator).toArray(ViewAggregator[]::new);
    makers = Arrays.stream(aggregators).map(ViewAggregator::rowMaker).toArray(RowMaker[]::new);
    rowRecord = new StreamRecord<>(null);
    viewIds = views.stream().map(node -> node.view().id()).toArray(String[]::new);
    positions = new HashMap<>();
    for (int i = 0; i < viewIds.length; i++) {
      positions.put(viewIds[i], i);
    }
    over = new int[views.size()][];
    for (int i = 0; i < over.length; i++) {
      over[i] = graph.over(views.get(i)).stream().mapToInt(views::indexOf).toArray();
    }
    packedStates = new HotStates(hotStateBytes / 2, new KeyedStore());
    states = new HotStates(hotStateBytes / 2, new PackedStore());
    waiting = new MessageQueue();
    wakes = new HashMap<>();
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
    answersBehind = getMetricGroup().counter("answersBehindWatermark");
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
          answer(asked, aggregators[asked.view()], ViewAggregator.EMPTY);
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
    wakes.keySet().removeIf(ofSubjects);
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
            setCurrentKey(key);
            HotStates.Hot hot = states.state(key);
            emitRow(
                ViewMessage.wake(view, key, asOfMs),
                hot,
                valueOf(hot),
                asOfMs,
                0,
                RowUpdate.NO_EVENT);
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
      wakes.merge(
          message.stateKey(),
          message,
          (one, other) -> one.timeMs() <= other.timeMs() ? one : other);
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
      repair(message);
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
      takeInstantOfKey();
    }
    super.processWatermark(mark);
  }

  /** Takes all messages of the next key and instant: one read of its state, at most one write. */
  private void takeInstantOfKey() throws Exception {
    ViewMessage first = waiting.poll();
    setCurrentKey(first.stateKey());
    switch (first.kind()) {
      case ASK, JOIN -> answer(first, aggregators[first.view()], valueOf(states.state(currentKey)));
      case WAKE -> wake(first);
      case EVENT, RETRACT -> {
        HotStates.Hot hot = states.state(currentKey);
        byte[] value = changed(hot, valueOf(hot), first);
        long appendedAtMs = first.appendedAtMs();
        long order = first.order();
        ViewMessage next = waiting.peek();
        while (next != null && isSameInstantOfKey(first, next)) {
          waiting.poll();
          value = changed(hot, value, next);
          appendedAtMs = Math.max(appendedAtMs, next.appendedAtMs());
          order = Long.compareUnsigned(order, next.order()) < 0 ? next.order() : order;
          next = waiting.peek();
        }
        FeatureRow row = emitRow(first, hot, value, first.timeMs() + 1, appendedAtMs, order);
        emitEvents(first.view(), row, order, appendedAtMs);
      }
    }
  }

  /** What is known of a key beside its state, as long as that is on the heap. */
  private record Known(EntityKey key, Reading reading) {}

  private Known known(HotStates.Hot hot, int view) throws Exception {
    Known known = (Known) hot.note();
    if (known == null) {
      EntityKey key = new EntityKey(currentKey.substring(viewIds[view].length() + 1));
      known = new Known(key, makers[view].reading());
      states.note(hot, known, 2 * currentKey.length() + known.reading().bytes());
    }
    return known;
  }

  private static byte[] valueOf(HotStates.Hot hot) {
    return hot.value() == null ? ViewAggregator.EMPTY : hot.value();
  }

  private byte[] changed(HotStates.Hot hot, byte[] value, ViewMessage event) throws Exception {
    ViewAggregator aggregator = aggregators[event.view()];
    Reading reading = known(hot, event.view()).reading();
    if (event.kind() == ViewMessage.Kind.RETRACT) {
      reading.outdate();
      return aggregator.remove(value, event.timeMs(), event.order(), event.input());
    }
    boolean wasCoarse = aggregator.isCoarse(value);
    byte[] added =
        makers[event.view()].add(value, event.timeMs(), event.order(), event.input(), reading);
    if (!wasCoarse && aggregator.isCoarse(added)) {
      trouble.coarse(event, aggregator);
    }
    return added;
  }

  private static boolean isSameInstantOfKey(ViewMessage one, ViewMessage other) {
    return other.ofEvent()
        && other.timeMs() == one.timeMs()
        && other.stateKey().equals(one.stateKey());
  }

  private void answer(ViewMessage ask, ViewAggregator aggregator, byte[] value) {
    long asOfMs = ask.timeMs();
    if (aggregator.lastEventMs(value) >= asOfMs) {
      // Only if the intake let a late request pass; better a row that is too new, and counted, than
      // none.
      answersBehind.inc();
      asOfMs = aggregator.lastEventMs(value) + 1;
    }
    Values row = aggregator.valuesAt(value, asOfMs);
    if (ask.kind() == ViewMessage.Kind.JOIN) {
      ViewGraph.NumberedJoin join = joins.get(ask.lookup());
      output.collect(
          JOINED,
          new StreamRecord<>(
              new JoinPart.Answer(
                  ask.requestId(),
                  join.position(),
                  join.index(),
                  graph.asDefined().get(join.position()).used(join.index(), row)),
              ask.timeMs()));
      return;
    }
    output.collect(
        ANSWERS,
        new StreamRecord<>(
            new VectorPart.Answer(ask.requestId(), ask.lookup(), ask.timeMs(), row), ask.timeMs()));
  }

  private void wake(ViewMessage wake) throws Exception {
    if (wakes.get(currentKey) != wake) {
      return; // an earlier one took its place
    }
    HotStates.Hot hot = states.state(currentKey);
    byte[] value = valueOf(hot);
    ViewAggregator aggregator = aggregators[wake.view()];
    Reading reading = known(hot, wake.view()).reading();
    long nextMs =
        reading.isKnown()
            ? reading.nextChangeMs()
            : aggregator.nextChangeAfter(value, wake.timeMs() - 1);
    if (nextMs == wake.timeMs() && aggregator.isForgotten(value, wake.timeMs() - 1)) {
      // Its row is empty since then; what was kept for late events goes.
      byte[] kept = aggregator.expire(value, wake.timeMs());
      states.update(hot, kept.length == 0 ? null : kept);
      reading.outdate();
      scheduleWake(wake, aggregator.nextChangeAfter(kept, wake.timeMs()));
    } else if (nextMs == wake.timeMs()) {
      emitRow(wake, hot, value, wake.timeMs(), 0, RowUpdate.NO_EVENT);
    } else {
      wakes.remove(currentKey);
      scheduleWake(wake, aggregator.nextChangeAfter(value, wake.timeMs()));
    }
  }

  /** A late event or change: into the state at once, and the newest row anew. */
  private void repair(ViewMessage event) throws Exception {
    setCurrentKey(event.stateKey());
    HotStates.Hot hot = states.state(currentKey);
    byte[] value = changed(hot, valueOf(hot), event);
    FeatureRow row =
        emitRow(event, hot, value, watermarkMs + 1, event.appendedAtMs(), event.order());
    emitEvents(event.view(), row, event.order(), event.appendedAtMs());
  }

  /** A row that events made, as an event of its as-of time to each view over it. */
  private void emitEvents(int view, FeatureRow row, long order, long appendedAtMs) {
    for (int above : over[view]) {
      ViewNode node = graph.asDefined().get(above);
      Values event = graph.asDefined().get(view).row(row.key(), row.values());
      String key = node.aggregator().keys().keyTextOf(event);
      if (key != null) {
        output.collect(
            ROW_EVENTS,
            new StreamRecord<>(
                ViewMessage.event(
                    above,
                    viewIds[above] + '|' + key,
                    row.asOfMs(),
                    order,
                    appendedAtMs,
                    node.aggregator().contribution(event)),
                row.asOfMs()));
      }
    }
  }

  private FeatureRow emitRow(
      ViewMessage cause,
      HotStates.Hot hot,
      byte[] value,
      long asOfMs,
      long appendedAtMs,
      long order)
      throws Exception {
    ViewAggregator aggregator = aggregators[cause.view()];
    Known known = known(hot, cause.view());
    Reading reading = known.reading();
    byte[] kept = makers[cause.view()].row(value, asOfMs, trouble, reading);
    trouble.endOfRow(cause, aggregator, asOfMs);
    boolean isEmpty = kept.length == 0;
    FeatureRow row =
        new FeatureRow(
            viewIds[cause.view()],
            known.key(),
            asOfMs,
            isEmpty ? asOfMs - 1 : reading.lastEventMs(),
            reading.sequence(),
            reading.row());
    states.update(hot, isEmpty ? null : kept);
    output.collect(
        rowRecord.replace(new RowUpdate(cause.view(), row, appendedAtMs, order), asOfMs));
    scheduleWake(cause, reading.nextChangeMs());
    return row;
  }

  private void scheduleWake(ViewMessage cause, long atMs) {
    ViewMessage pending = wakes.get(currentKey);
    boolean isTaken = pending == cause;
    if (atMs == Long.MAX_VALUE) {
      if (isTaken) {
        wakes.remove(currentKey);
      }
    } else if (pending == null || isTaken || atMs < pending.timeMs()) {
      ViewMessage wake = ViewMessage.wake(cause.view(), currentKey, atMs);
      wakes.put(currentKey, wake);
      waiting.add(wake);
    }
  }
}
