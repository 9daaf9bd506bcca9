package io.millrace.jobs.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.join.JoinAsks;
import io.millrace.jobs.join.JoinPart;
import io.millrace.jobs.join.JoinPartSerializer;
import io.millrace.offline.Known;
import io.millrace.offline.history.HistoryPiece;
import io.millrace.offline.training.Checks;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.accumulators.LongMaximum;
import org.apache.flink.api.common.accumulators.LongMinimum;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Takes the numbers of pieces of the past; each event goes to every key that it is about, under the
 * instant from which it is seen. A message's {@link ViewMessage#appendedAtMs} is the rank of its
 * piece, by which events of one time in several files keep their order.
 */
final class EventReader extends AbstractStreamOperator<ViewMessage>
    implements OneInputStreamOperator<Long, ViewMessage> {
  private static final long serialVersionUID = 1;

  static final OutputTag<JoinPart> JOINING = new OutputTag<>("joining", JoinPartSerializer.TYPE);

  /** Events that a row can see. */
  static final String EVENTS = "events";

  /** Of these, those that an expectation keeps out. */
  static final String REFUSED = "refused";

  /** When the first event of all is seen, and the last. */
  static final String FIRST_MS = "firstMs";

  static final String LAST_MS = "lastMs";

  private record Route(int view, ViewNode node) {}

  private final TrainingPlan training;

  private transient Map<String, List<Route>> routes;
  private transient Map<String, JoinAsks> joins;
  private transient Checks checks;
  private transient LongCounter events;
  private transient LongCounter refused;
  private transient LongMinimum firstMs;
  private transient LongMaximum lastMs;

  EventReader(TrainingPlan training) {
    this.training = training;
  }

  @Override
  public void open() throws Exception {
    super.open();
    Definitions definitions = training.definitions().definitions();
    VectorPlan vectors = VectorPlan.of(definitions.service(training.service()), definitions);
    ViewGraph all = ViewGraph.of(definitions);
    List<String> needed =
        ViewGraph.of(definitions, vectors.lookups().stream().map(VectorPlan.Lookup::view).toList())
            .inOrder()
            .stream()
            .map(node -> node.view().name())
            .toList();
    routes = new HashMap<>();
    joins = new HashMap<>();
    for (EventSource source : definitions.sources()) {
      routes.put(
          source.name(),
          all.of(source).stream()
              .filter(n -> n.joins().isEmpty() && needed.contains(n.view().name()))
              .map(node -> new Route(all.asDefined().indexOf(node), node))
              .toList());
      joins.put(source.name(), new JoinAsks(all, source));
    }
    checks =
        Checks.of(
            training.history().stream()
                .map(piece -> definitions.source(piece.source()))
                .distinct()
                .toList());
    events = new LongCounter();
    refused = new LongCounter();
    firstMs = new LongMinimum();
    lastMs = new LongMaximum();
    getRuntimeContext().addAccumulator(EVENTS, events);
    getRuntimeContext().addAccumulator(REFUSED, refused);
    getRuntimeContext().addAccumulator(FIRST_MS, firstMs);
    getRuntimeContext().addAccumulator(LAST_MS, lastMs);
  }

  @Override
  public void processElement(StreamRecord<Long> number) {
    HistoryPiece piece = training.history().get(Math.toIntExact(number.getValue()));
    EventSource source = training.definitions().definitions().source(piece.source());
    piece.read(source, known -> take(known, piece.rank()));
  }

  private void take(Known<Event> known, int rank) {
    Event event = known.value();
    long seenMs =
        training.asKnown() ? Math.max(event.timeMs(), known.knowledgeMs()) : event.timeMs();
    boolean seen = seenMs < training.lastMs();
    if (seen || !training.asKnown()) {
      lastMs.add(seenMs);
    }
    if (!seen) {
      return;
    }
    firstMs.add(seenMs);
    events.add(1);
    if (checks.hold(event)) {
      send(event, seenMs, rank);
    } else {
      refused.add(1);
    }
  }

  private void send(Event event, long seenMs, int rank) {
    for (Route route : routes.get(event.source())) {
      String key = route.node().aggregator().keys().keyTextOf(event.values());
      if (key != null) {
        output.collect(
            new StreamRecord<>(
                ViewMessage.event(
                    route.view(),
                    route.node().view().id() + '|' + key,
                    event.timeMs(),
                    event.position().order(),
                    rank,
                    route.node().aggregator().contribution(event.values())),
                seenMs));
      }
    }
    joins
        .get(event.source())
        .ask(
            event,
            rank,
            part -> output.collect(JOINING, new StreamRecord<>(part, seenMs)),
            ask -> output.collect(new StreamRecord<>(ask, seenMs)));
  }
}
