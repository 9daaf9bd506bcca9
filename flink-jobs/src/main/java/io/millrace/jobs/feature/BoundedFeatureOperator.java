package io.millrace.jobs.feature;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * What {@link FeatureOperator} is to a stream, to bounded input: answers what is asked of the keys
 * of a level and makes the events of the next one, with the same state and the same arithmetic. A
 * job in BATCH mode sorts the input by key and timestamp, on disk where memory does not do, so that
 * there is one state at a time, of one key, and none in a backend.
 *
 * <p>A message is seen from its timestamp on, which may be later than its own time: then it was
 * known late. At an instant, what asks comes before the events. No rows come out: nobody serves
 * them.
 */
public final class BoundedFeatureOperator extends AbstractStreamOperator<RowUpdate>
    implements OneInputStreamOperator<ViewMessage, RowUpdate>, BoundedOneInput {
  private static final long serialVersionUID = 1;

  private static final long EXPIRE_EVERY_MS = 86_400_000;
  private static final Comparator<ViewMessage> EVENT_ORDER =
      Comparator.comparingLong(ViewMessage::timeMs)
          .thenComparingLong(ViewMessage::appendedAtMs)
          .thenComparing(ViewMessage::order, Long::compareUnsigned);

  private final DefinitionSet definitionSet;

  private transient List<ViewNode> views;
  private transient KeyOutputs outputs;
  private transient String key;
  private transient long instantMs;
  private transient List<ViewMessage> events;
  private transient byte[] state;
  private transient long expiredMs;

  public BoundedFeatureOperator(DefinitionSet definitionSet) {
    this.definitionSet = definitionSet;
  }

  @Override
  public void open() throws Exception {
    super.open();
    ViewGraph graph = ViewGraph.of(definitionSet.definitions());
    views = graph.asDefined();
    outputs = new KeyOutputs(graph, output);
    events = new ArrayList<>();
    state = ViewAggregator.EMPTY;
  }

  @Override
  public void processElement(StreamRecord<ViewMessage> element) {
    ViewMessage message = element.getValue();
    long seenMs = element.getTimestamp();
    boolean sameKey = message.stateKey().equals(key);
    if (!sameKey || seenMs != instantMs) {
      takeInstant();
      if (!sameKey) {
        key = message.stateKey();
        state = ViewAggregator.EMPTY;
        expiredMs = Long.MIN_VALUE;
      } else if (seenMs < instantMs) {
        throw new IllegalStateException(
            "a message of "
                + key
                + " of "
                + seenMs
                + " came after one of "
                + instantMs
                + "; the job runs in BATCH mode only");
      }
      instantMs = seenMs;
    }
    if (message.ofEvent()) {
      events.add(message);
    } else {
      // The state is as of the instant's beginning until all of the instant has come.
      ViewAggregator aggregator = views.get(message.view()).aggregator();
      outputs.answer(message, aggregator.valuesAt(state, message.timeMs()));
    }
  }

  @Override
  public void endInput() {
    takeInstant();
  }

  /** Adds the events of a key and instant. */
  private void takeInstant() {
    if (events.isEmpty()) {
      return;
    }
    events.sort(EVENT_ORDER);
    ViewMessage first = events.get(0);
    ViewAggregator aggregator = views.get(first.view()).aggregator();
    if (instantMs - EXPIRE_EVERY_MS >= expiredMs) {
      state = aggregator.expire(state, instantMs);
      expiredMs = instantMs;
    }
    long order = first.order();
    for (ViewMessage event : events) {
      state = aggregator.add(state, event.timeMs(), event.order(), event.input());
      order = Long.compareUnsigned(order, event.order()) < 0 ? event.order() : order;
    }
    emitEvents(first, order);
    events.clear();
  }

  /** The row that the events made, as an event of its as-of time to each view over it. */
  private void emitEvents(ViewMessage first, long order) {
    if (!outputs.areEvents(first.view())) {
      return;
    }
    ViewNode node = views.get(first.view());
    long asOfMs = first.timeMs() + 1;
    EntityKey entity = new EntityKey(key.substring(node.view().id().length() + 1));
    Values event = node.row(entity, node.aggregator().valuesAt(state, asOfMs));
    outputs.events(first.view(), event, asOfMs, order, first.appendedAtMs());
  }
}
