package io.millrace.jobs.monitor;

import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.loop.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Hop 9, keyed by the request: one outcome for each prediction. The label of a request at T is told
 * by the first event of its key in {@code [T, T + horizon]}, first by event time, then by its place
 * in the topic, and not by arrival: an event tells when the watermark has reached it, so that none
 * earlier can come. That is the rule by which training sets are made.
 *
 * <p>Either may come before the other. A prediction is remembered until its horizon has passed, so
 * that the same one again changes nothing; an event as long, so that a prediction that comes late
 * still finds it.
 *
 * <p>Metrics: {@code labelled}, {@code noLabel}, {@code unanswered}; {@code repeated}, predictions
 * seen before.
 */
final class OutcomeJoin extends KeyedCoProcessFunction<String, Prediction, LabelEvent, Outcome> {
  private static final long serialVersionUID = 1;

  private static final MapStateDescriptor<String, Outcome> WAITING =
      new MapStateDescriptor<>("waiting", Types.STRING, OutcomeSerializer.TYPE);
  private static final MapStateDescriptor<String, Long> SETTLED =
      new MapStateDescriptor<>("settled", Types.STRING, Types.LONG);
  private static final MapStateDescriptor<Long, LabelEvent> LABELS =
      new MapStateDescriptor<>("labels", Types.LONG, LabelEventSerializer.TYPE);

  /** The names of its states; {@link #removeNothing} writes to the last. */
  static final List<String> STATES =
      List.of(WAITING.getName(), SETTLED.getName(), LABELS.getName());

  private final long horizonMs;

  /** By prediction id: as an outcome without an answer. */
  private transient MapState<String, Outcome> waiting;

  /** By prediction id: the request time of those that have their outcome. */
  private transient MapState<String, Long> settled;

  /** By event time: the label, empty for none. */
  private transient MapState<Long, LabelEvent> labels;

  private transient Counter labelled;
  private transient Counter noLabel;
  private transient Counter unanswered;
  private transient Counter repeated;

  OutcomeJoin(long horizonMs) {
    this.horizonMs = horizonMs;
  }

  @Override
  public void open(OpenContext context) {
    waiting = getRuntimeContext().getMapState(WAITING);
    settled = getRuntimeContext().getMapState(SETTLED);
    labels = getRuntimeContext().getMapState(LABELS);
    var metrics = getRuntimeContext().getMetricGroup().addGroup("millrace");
    labelled = metrics.counter("labelled");
    noLabel = metrics.counter("noLabel");
    unanswered = metrics.counter("unanswered");
    repeated = metrics.counter("repeated");
  }

  @Override
  public void processElement1(Prediction prediction, Context context, Collector<Outcome> out)
      throws Exception {
    String id = prediction.id();
    if (waiting.contains(id) || settled.contains(id)) {
      repeated.inc();
      return;
    }
    long untilMs = prediction.requestTimeMs() + horizonMs;
    Outcome open =
        new Outcome(
            id,
            prediction.requestKey(),
            prediction.service(),
            prediction.model(),
            prediction.modelVersion(),
            prediction.requestTimeMs(),
            prediction.score(),
            Outcome.Status.UNANSWERED,
            Optional.empty(),
            untilMs);
    context.timerService().registerEventTimeTimer(untilMs);
    if (!settle(open, context.timerService().currentWatermark(), out)) {
      waiting.put(id, open);
    }
  }

  @Override
  public void processElement2(LabelEvent event, Context context, Collector<Outcome> out)
      throws Exception {
    long nowMs = context.timerService().currentWatermark();
    if (event.timeMs() + horizonMs <= nowMs) {
      return;
    }
    LabelEvent known = labels.get(event.timeMs());
    if (known != null && (event.timeMs() <= nowMs || !event.isBefore(known))) {
      return;
    }
    labels.put(event.timeMs(), event);
    context.timerService().registerEventTimeTimer(event.timeMs() + horizonMs);
    if (event.timeMs() <= nowMs) {
      settleAll(nowMs, out);
    } else {
      context.timerService().registerEventTimeTimer(event.timeMs());
    }
  }

  @Override
  public void onTimer(long timeMs, OnTimerContext context, Collector<Outcome> out)
      throws Exception {
    settleAll(timeMs, out);
    remove(labels, entry -> entry.getKey() + horizonMs <= timeMs);
    remove(settled, entry -> entry.getValue() + horizonMs <= timeMs);
  }

  private void settleAll(long nowMs, Collector<Outcome> out) throws Exception {
    List<Outcome> open = new ArrayList<>();
    waiting.values().forEach(open::add);
    for (Outcome outcome : open) {
      if (settle(outcome, nowMs, out)) {
        waiting.remove(outcome.predictionId());
      }
    }
  }

  /** Gives the outcome out if it can be known now. */
  private boolean settle(Outcome open, long nowMs, Collector<Outcome> out) throws Exception {
    LabelEvent first = null;
    for (LabelEvent event : labels.values()) {
      boolean tells =
          event.timeMs() >= open.requestTimeMs()
              && event.timeMs() - open.requestTimeMs() <= horizonMs
              && event.timeMs() <= nowMs;
      if (tells && (first == null || event.timeMs() < first.timeMs())) {
        first = event;
      }
    }
    if (first == null && nowMs < open.labelTimeMs()) {
      return false;
    }
    settled.put(open.predictionId(), open.requestTimeMs());
    out.collect(first == null ? open : answered(open, first));
    if (first == null) {
      unanswered.inc();
    } else if (first.label().isPresent()) {
      labelled.inc();
    } else {
      noLabel.inc();
    }
    return true;
  }

  private static Outcome answered(Outcome open, LabelEvent event) {
    return new Outcome(
        open.predictionId(),
        open.requestKey(),
        open.service(),
        open.model(),
        open.modelVersion(),
        open.requestTimeMs(),
        open.score(),
        event.label().isPresent() ? Outcome.Status.LABELLED : Outcome.Status.NO_LABEL,
        event.label(),
        event.timeMs(),
        position(event, Position::partitionOf),
        position(event, Position::offsetOf));
  }

  private static <T> Optional<T> position(LabelEvent event, LongFunction<T> part) {
    return event.order().isPresent()
        ? Optional.of(part.apply(event.order().getAsLong()))
        : Optional.empty();
  }

  /**
   * Forgets all of the current key; its timers, if they ring, find nothing.
   *
   * @return how many predictions and labels were remembered
   */
  int forget() throws Exception {
    int count = size(waiting) + size(settled) + size(labels);
    waiting.clear();
    settled.clear();
    labels.clear();
    return count;
  }

  /** Removes a label that nobody has from the current key. */
  void removeNothing() throws Exception {
    labels.remove(Long.MIN_VALUE);
  }

  private static <K> int size(MapState<K, ?> state) throws Exception {
    int size = 0;
    for (K key : state.keys()) {
      size += key == null ? 0 : 1;
    }
    return size;
  }

  private interface Past<K, V> {
    boolean is(Map.Entry<K, V> entry);
  }

  private static <K, V> void remove(MapState<K, V> state, Past<K, V> past) throws Exception {
    List<K> gone = new ArrayList<>();
    for (Map.Entry<K, V> entry : state.entries()) {
      if (past.is(entry)) {
        gone.add(entry.getKey());
      }
    }
    for (K key : gone) {
      state.remove(key);
    }
  }
}
