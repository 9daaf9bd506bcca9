package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.KeyReader;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
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
 */
public final class Intake extends ProcessFunction<SourceRecord, ViewMessage>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  public static final OutputTag<StoredEvent> EVENTS =
      new OutputTag<>("events", StoredEventSerializer.TYPE);
  public static final OutputTag<StoredEvent> LATE =
      new OutputTag<>("late", StoredEventSerializer.TYPE);
  public static final OutputTag<DeadLetter> DEAD_LETTERS =
      new OutputTag<>("dead-letters", DeadLetterSerializer.TYPE);

  private final DefinitionSet definitionSet;
  private final String service;

  private transient List<List<Route>> routesOf;
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

  private record Route(
      int view, String viewId, ViewAggregator aggregator, Counter withoutKey) {}

  /**
   * @param service whose requests are answered
   */
  public Intake(DefinitionSet definitionSet, String service) {
    this.definitionSet = definitionSet;
    this.service = service;
  }

  /** The side output on which the requests of a service meet their rows. */
  public static OutputTag<VectorPart> requests() {
    return new OutputTag<>("requests", VectorPartSerializer.TYPE);
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
    routesOf = new ArrayList<>();
    latenessMs = new long[definitions.sources().size()];
    for (int s = 0; s < definitions.sources().size(); s++) {
      EventSource source = definitions.sources().get(s);
      latenessMs[s] = source.time().lateness().toMillis();
      List<Route> routes = new ArrayList<>();
      for (int v = 0; v < definitions.views().size(); v++) {
        FeatureView view = definitions.views().get(v);
        if (view.source().equals(source.name())) {
          routes.add(
              new Route(
                  v,
                  view.id(),
                  ViewAggregator.of(view, source),
                  metrics.addGroup("view", view.id()).counter("skippedWithoutKey")));
        }
      }
      routesOf.add(routes);
    }
    plan = VectorPlan.of(definitions.service(service), definitions);
    requestSource = definitions.sources().indexOf(plan.request());
    viewOfLookup =
        plan.lookups().stream().mapToInt(l -> definitions.views().indexOf(l.view())).toArray();
    labelKey =
        plan.service()
            .label()
            .map(label -> KeyReader.of(label.on(), plan.request().schema()))
            .orElse(null);
    metrics.gauge("read", () -> read);
    metrics.gauge("applied", () -> applied);
    metrics.gauge("late", () -> late);
    metrics.gauge("dead", () -> dead);
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
    long behindMs = watermarkMs == Long.MIN_VALUE ? -1 : watermarkMs - event.timeMs();
    StoredEvent stored = new StoredEvent(good.source(), event, good.appendedAtMs());
    if (behindMs >= 0 && (request || behindMs > latenessMs[good.source()])) {
      late++;
      context.output(LATE, stored);
      return;
    }
    applied++;
    context.output(EVENTS, stored);
    for (Route route : routesOf.get(good.source())) {
      String key = route.aggregator().keys().keyTextOf(event.values());
      if (key == null) {
        route.withoutKey().inc();
      } else {
        out.collect(
            ViewMessage.event(
                route.view(),
                route.viewId() + '|' + key,
                event.timeMs(),
                event.position().order(),
                good.appendedAtMs(),
                route.aggregator().contribution(event.values())));
      }
    }
    if (request) {
      ask(good, context, out);
    }
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
