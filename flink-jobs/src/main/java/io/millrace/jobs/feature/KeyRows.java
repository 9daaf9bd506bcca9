package io.millrace.jobs.feature;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.Reading;
import io.millrace.feature.window.RowMaker;
import io.millrace.feature.window.ViewAggregator;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * What happens at a key, instant after instant: events change its state and make a row, so do
 * wakes, and who asks is answered. {@link FeatureOperator} says when. Not thread-safe.
 */
final class KeyRows {
  private final ViewGraph graph;
  private final ViewAggregator[] aggregators;
  private final RowMaker[] makers;
  private final String[] viewIds;
  private final KeyOutputs outputs;
  private final HotStates states;
  private final MessageQueue waiting;
  private final Wakes wakes;
  private final FeatureTrouble trouble;
  private final Counter answersBehind;
  private final Output<StreamRecord<RowUpdate>> output;
  // Flink's outputs take a record's place over and over again.
  private final StreamRecord<RowUpdate> rowRecord = new StreamRecord<>(null);

  /**
   * @param waiting where wakes wait too
   * @param answersBehind counts answers that are as of a later instant than asked
   */
  KeyRows(
      ViewGraph graph,
      HotStates states,
      MessageQueue waiting,
      Wakes wakes,
      FeatureTrouble trouble,
      Counter answersBehind,
      Output<StreamRecord<RowUpdate>> output) {
    this.graph = graph;
    List<ViewNode> views = graph.asDefined();
    this.aggregators = views.stream().map(ViewNode::aggregator).toArray(ViewAggregator[]::new);
    this.makers = Arrays.stream(aggregators).map(ViewAggregator::rowMaker).toArray(RowMaker[]::new);
    this.viewIds = views.stream().map(node -> node.view().id()).toArray(String[]::new);
    this.outputs = new KeyOutputs(graph, output);
    this.states = states;
    this.waiting = waiting;
    this.wakes = wakes;
    this.trouble = trouble;
    this.answersBehind = answersBehind;
    this.output = output;
  }

  /** Takes all messages of the next key and instant: one read of its state, at most one write. */
  void takeInstantOfKey() throws Exception {
    ViewMessage first = waiting.poll();
    switch (first.kind()) {
      case ASK, JOIN -> answer(first, valueOf(states.state(first.stateKey())));
      case WAKE -> wake(first);
      case EVENT, RETRACT -> {
        HotStates.Hot hot = states.state(first.stateKey());
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
  private record Known(EntityKey key, Reading reading, Wakes.Place wake) {}

  private Known known(HotStates.Hot hot, int view) throws Exception {
    Known known = (Known) hot.note();
    if (known == null) {
      EntityKey key = new EntityKey(hot.key().substring(viewIds[view].length() + 1));
      known = new Known(key, makers[view].reading(), wakes.of(hot.key()));
      states.note(hot, known, 2 * hot.key().length() + known.reading().bytes());
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

  /** Answers from a state, {@link ViewAggregator#EMPTY} if there is none. */
  void answer(ViewMessage ask, byte[] value) {
    ViewAggregator aggregator = aggregators[ask.view()];
    long asOfMs = ask.timeMs();
    if (aggregator.lastEventMs(value) >= asOfMs) {
      // Only if the intake let a late request pass; better a row that is too new, and counted, than
      // none.
      answersBehind.inc();
      asOfMs = aggregator.lastEventMs(value) + 1;
    }
    outputs.answer(ask, aggregator.valuesAt(value, asOfMs));
  }

  private void wake(ViewMessage wake) throws Exception {
    HotStates.Hot hot = states.state(wake.stateKey());
    Known known = known(hot, wake.view());
    if (!known.wake().is(wake)) {
      return; // an earlier one took its place
    }
    byte[] value = valueOf(hot);
    ViewAggregator aggregator = aggregators[wake.view()];
    Reading reading = known.reading();
    long nextMs =
        reading.isKnown()
            ? reading.nextChangeMs()
            : aggregator.nextChangeAfter(value, wake.timeMs() - 1);
    if (nextMs == wake.timeMs() && aggregator.isForgotten(value, wake.timeMs() - 1)) {
      // Its row is empty since then; what was kept for late events goes.
      byte[] kept = aggregator.expire(value, wake.timeMs());
      states.update(hot, kept.length == 0 ? null : kept);
      reading.outdate();
      scheduleWake(wake, hot, known, aggregator.nextChangeAfter(kept, wake.timeMs()));
    } else if (nextMs == wake.timeMs()) {
      emitRow(wake, hot, value, wake.timeMs(), 0, RowUpdate.NO_EVENT);
    } else {
      scheduleWake(wake, hot, known, aggregator.nextChangeAfter(value, wake.timeMs()));
    }
  }

  /** A late event or change: into the state at once, and the newest row anew. */
  void repair(ViewMessage event, long watermarkMs) throws Exception {
    HotStates.Hot hot = states.state(event.stateKey());
    byte[] value = changed(hot, valueOf(hot), event);
    FeatureRow row =
        emitRow(event, hot, value, watermarkMs + 1, event.appendedAtMs(), event.order());
    emitEvents(event.view(), row, event.order(), event.appendedAtMs());
  }

  private void emitEvents(int view, FeatureRow row, long order, long appendedAtMs) {
    if (outputs.areEvents(view)) {
      Values event = graph.asDefined().get(view).row(row.key(), row.values());
      outputs.events(view, event, row.asOfMs(), order, appendedAtMs);
    }
  }

  /** Makes a key's row anew, of what its state holds. */
  void makeAnew(int view, String key, long asOfMs) throws Exception {
    HotStates.Hot hot = states.state(key);
    ViewMessage cause = ViewMessage.wake(view, key, asOfMs);
    emitRow(cause, hot, valueOf(hot), asOfMs, 0, RowUpdate.NO_EVENT);
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
    scheduleWake(cause, hot, known, reading.nextChangeMs());
    return row;
  }

  private void scheduleWake(ViewMessage cause, HotStates.Hot hot, Known known, long atMs) {
    boolean isTaken = known.wake().is(cause);
    if (atMs == Long.MAX_VALUE) {
      if (isTaken) {
        wakes.remove(hot.key(), known.wake());
      }
    } else if (isTaken || known.wake().isAfter(atMs)) {
      ViewMessage wake = ViewMessage.wake(cause.view(), hot.key(), atMs);
      wakes.put(hot.key(), known.wake(), wake);
      waiting.add(wake);
    }
  }
}
