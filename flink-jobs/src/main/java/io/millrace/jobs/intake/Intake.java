package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DeadLetterSerializer;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import io.millrace.jobs.join.JoinAsks;
import io.millrace.jobs.join.JoinPart;
import io.millrace.jobs.join.JoinPartSerializer;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Hop 2: an event goes to every key that it is about, a request asks every key that its vector
 * needs, and the books are kept: {@code read = applied + late + dead}, at all times and across
 * restarts.
 *
 * <p>An event behind the watermark by at most its source's lateness is applied as a repair; a later
 * one goes to {@link #LATE}. A request behind the watermark is late whatever the lateness: the
 * state has moved past it, and an answer would hold its future.
 *
 * <p>An event whose key columns are not all there is applied, since it happened, but the view skips
 * it: {@code millrace.view.VIEW.skippedWithoutKey}.
 *
 * <p>A change to a row is one record of two halves, what it takes back and what it adds, each at
 * its own time and for its own key, and each judged for itself: a half that is too late goes to
 * {@link #LATE}. So only what was added is taken back: what is in time now was in time when it was
 * added, and what was too late then is too late now. The record counts as dead where what the row
 * is now was refused, else as late where a half was, else as applied. A change asks for no score.
 *
 * <p>A recorded event was judged when it came: it is applied, asks for no score and goes to the
 * views alone. Recorded ones are counted as read and applied, too.
 */
public final class Intake extends ProcessFunction<SourceRecord, ViewMessage>
    implements CheckpointedFunction, ResultTypeQueryable<ViewMessage> {
  private static final long serialVersionUID = 1;

  public static final OutputTag<StoredEvent> EVENTS =
      new OutputTag<>("events", StoredEventSerializer.TYPE);
  public static final OutputTag<StoredEvent> LATE =
      new OutputTag<>("late", StoredEventSerializer.TYPE);
  public static final OutputTag<DeadLetter> DEAD_LETTERS =
      new OutputTag<>("dead-letters", DeadLetterSerializer.TYPE);

  public static final OutputTag<JoinPart> JOINING =
      new OutputTag<>("joining", JoinPartSerializer.TYPE);

  private final DefinitionSet definitionSet;
  private final String service;
  private final boolean answers;

  private transient List<List<Route>> routesOf;
  private transient List<JoinAsks> joinsOf;
  private transient long[] latenessMs;
  private transient VectorPlan plan;
  private transient int requestSource;
  private transient int[] viewOfLookup;
  private transient KeyReader labelKey;

  private transient long read;
  private transient long applied;
  private transient long late;
  private transient long dead;
  private transient long watermarkMs;
  private transient ListState<long[]> books;

  private record Route(int view, String viewId, ViewAggregator aggregator, Counter withoutKey) {}

  /**
   * @param service whose requests are answered
   */
  public Intake(DefinitionSet definitionSet, String service) {
    this(definitionSet, service, true);
  }

  private Intake(DefinitionSet definitionSet, String service, boolean answers) {
    this.definitionSet = definitionSet;
    this.service = service;
    this.answers = answers;
  }

  /**
   * Answers nobody, but judges every event as the job of the service does, to whose requests its
   * state has to answer.
   */
  public static Intake withoutAnswers(DefinitionSet definitionSet, String service) {
    return new Intake(definitionSet, service, false);
  }

  /** The side output on which the requests of a service meet their rows. */
  public static OutputTag<VectorPart> requests() {
    return new OutputTag<>("requests", VectorPartSerializer.TYPE);
  }

  @Override
  public TypeInformation<ViewMessage> getProducedType() {
    return ViewMessageSerializer.TYPE;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    books =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    "books", PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
    watermarkMs = Long.MIN_VALUE;
    boolean first = true;
    for (long[] entry : books.get()) {
      read += entry[0];
      applied += entry[1];
      late += entry[2];
      dead += entry[3];
      watermarkMs = first ? entry[4] : Math.min(watermarkMs, entry[4]);
      first = false;
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    books.update(List.of(new long[] {read, applied, late, dead, watermarkMs}));
  }

  @Override
  public void open(org.apache.flink.api.common.functions.OpenContext context) {
    Definitions definitions = definitionSet.definitions();
    var metrics = getRuntimeContext().getMetricGroup().addGroup("millrace");
    ViewGraph graph = ViewGraph.of(definitions);
    routesOf = new ArrayList<>();
    joinsOf = definitions.sources().stream().map(source -> new JoinAsks(graph, source)).toList();
    latenessMs = new long[definitions.sources().size()];
    for (int s = 0; s < definitions.sources().size(); s++) {
      EventSource source = definitions.sources().get(s);
      latenessMs[s] = source.time().lateness().toMillis();
      List<Route> routes = new ArrayList<>();
      for (int v = 0; v < definitions.views().size(); v++) {
        ViewNode node = graph.asDefined().get(v);
        if (node.view().source().equals(source.name()) && node.joins().isEmpty()) {
          String id = node.view().id();
          Counter skipped = metrics.addGroup("view", id).counter("skippedWithoutKey");
          routes.add(new Route(v, id, node.aggregator(), skipped));
        }
      }
      routesOf.add(routes);
    }
    metrics.gauge("read", () -> read);
    metrics.gauge("applied", () -> applied);
    metrics.gauge("late", () -> late);
    metrics.gauge("dead", () -> dead);
    requestSource =
        definitions.sources().indexOf(definitions.source(definitions.service(service).request()));
    if (answers) {
      prepareToAnswer(definitions);
    }
  }

  private void prepareToAnswer(Definitions definitions) {
    plan = VectorPlan.of(definitions.service(service), definitions);
    viewOfLookup =
        plan.lookups().stream().mapToInt(l -> definitions.views().indexOf(l.view())).toArray();
    labelKey =
        plan.service()
            .label()
            .map(label -> KeyReader.of(label.on(), plan.request().schema()))
            .orElse(null);
  }

  @Override
  public void processElement(SourceRecord record, Context context, Collector<ViewMessage> out) {
    if (record instanceof SourceRecord.Beat) {
      return;
    }
    read++;
    if (record instanceof SourceRecord.Good good) {
      watermarkMs = Math.max(watermarkMs, context.timerService().currentWatermark());
      accept(good, context, out);
    } else if (record instanceof SourceRecord.Change change) {
      watermarkMs = Math.max(watermarkMs, context.timerService().currentWatermark());
      change(change, context, out);
    } else if (record instanceof SourceRecord.Recorded recorded) {
      applied++;
      send(
          new StoredEvent(recorded.source(), recorded.event(), recorded.appendedAtMs()),
          context,
          out);
    } else {
      dead++;
      if (record instanceof SourceRecord.Dead letter) {
        context.output(DEAD_LETTERS, letter.letter());
      }
    }
  }

  private void accept(SourceRecord.Good good, Context context, Collector<ViewMessage> out) {
    Event event = good.event();
    boolean request = good.source() == requestSource;
    StoredEvent stored = new StoredEvent(good.source(), event, good.appendedAtMs(), false);
    if (isLate(good.source(), event, request)) {
      late++;
      context.output(LATE, stored);
      return;
    }
    applied++;
    context.output(EVENTS, stored);
    send(stored, context, out);
    if (request && answers) {
      ask(good, context, out);
    }
  }

  private void change(SourceRecord.Change change, Context context, Collector<ViewMessage> out) {
    List<StoredEvent> parts = new ArrayList<>();
    change
        .before()
        .ifPresent(
            event ->
                parts.add(new StoredEvent(change.source(), event, change.appendedAtMs(), true)));
    boolean refused = false;
    if (change.after().isPresent()) {
      if (change.after().get() instanceof SourceRecord.Good good) {
        parts.add(new StoredEvent(good.source(), good.event(), good.appendedAtMs(), false));
      } else {
        refused = true;
        if (change.after().get() instanceof SourceRecord.Dead letter) {
          context.output(DEAD_LETTERS, letter.letter());
        }
      }
    }
    // As the row was judged when it came, asking or not.
    boolean request = change.source() == requestSource;
    boolean tooLate = false;
    for (StoredEvent part : parts) {
      if (isLate(change.source(), part.event(), request)) {
        tooLate = true;
        context.output(LATE, part);
      } else {
        context.output(EVENTS, part);
        send(part, context, out);
      }
    }
    if (refused) {
      dead++;
    } else if (tooLate) {
      late++;
    } else {
      applied++;
    }
  }

  private boolean isLate(int source, Event event, boolean request) {
    long behindMs = watermarkMs == Long.MIN_VALUE ? -1 : watermarkMs - event.timeMs();
    return behindMs >= 0 && (request || behindMs > latenessMs[source]);
  }

  /** To every key that it is about. */
  private void send(StoredEvent stored, Context context, Collector<ViewMessage> out) {
    Event event = stored.event();
    for (Route route : routesOf.get(stored.source())) {
      String key = route.aggregator().keys().keyTextOf(event.values());
      if (key == null) {
        route.withoutKey().inc();
        continue;
      }
      String stateKey = route.viewId() + '|' + key;
      long order = event.position().order();
      byte[] input = route.aggregator().contribution(event.values());
      out.collect(
          stored.takenBack()
              ? ViewMessage.retract(
                  route.view(), stateKey, event.timeMs(), order, stored.knownAtMs(), input)
              : ViewMessage.event(
                  route.view(), stateKey, event.timeMs(), order, stored.knownAtMs(), input));
    }
    // No view that joins is over a source of changes.
    joinsOf
        .get(stored.source())
        .ask(event, stored.knownAtMs(), part -> context.output(JOINING, part), out::collect);
  }

  private void ask(SourceRecord.Good good, Context context, Collector<ViewMessage> out) {
    Event event = good.event();
    String requestId = event.position().toString();
    int asked = 0;
    for (int i = 0; i < viewOfLookup.length; i++) {
      VectorPlan.Lookup lookup = plan.lookups().get(i);
      String key = lookup.keys().keyTextOf(event.values());
      if (key != null) {
        asked++;
        out.collect(
            ViewMessage.ask(
                viewOfLookup[i],
                lookup.view().id() + '|' + key,
                event.timeMs(),
                event.position().order(),
                good.appendedAtMs(),
                requestId,
                i));
      }
    }
    String labelText = labelKey == null ? null : labelKey.keyTextOf(event.values());
    context.output(
        requests(),
        new VectorPart.Request(
            requestId,
            labelText == null ? requestId : labelText,
            event.timeMs(),
            good.appendedAtMs(),
            asked,
            event.values()));
  }
}
