package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Label;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The training set of a service: for each request of the past the vector that it would have been
 * answered with, by the same engine and plan as in the stream, and its label. Immutable; each walk
 * has its own state.
 *
 * <pre>
 * TrainingSet set = TrainingSet.of(definitions, "delay_v1", from, until);
 * try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all());
 *     ParquetRowWriter&lt;TrainingRow&gt; file = ParquetRowWriter.open(set.table(), path)) {
 *   TrainingCounts counts = set.walk(past, file::write);
 * }
 * </pre>
 *
 * <p>A request at T sees the events strictly before T; neither itself nor others of its instant.
 * Its label is told by the first event of the label's source with its key in {@code [T, T +
 * horizon]}.
 */
public final class TrainingSet {
  private final Definitions definitions;
  private final VectorPlan plan;
  private final Label label;
  private final long fromMs;
  private final long untilMs;

  private TrainingSet(
      Definitions definitions, VectorPlan plan, Label label, long fromMs, long untilMs) {
    this.definitions = definitions;
    this.plan = plan;
    this.label = label;
    this.fromMs = fromMs;
    this.untilMs = untilMs;
  }

  /**
   * The training set of the requests of {@code [from, until)}. Events before are still needed, for
   * the windows that reach back, and events after, for the labels.
   *
   * @throws IllegalArgumentException if there is no such service, it has no label, or the range
   *     ends before it begins
   */
  public static TrainingSet of(
      Definitions definitions, String service, Instant from, Instant until) {
    FeatureService found = definitions.service(service);
    Label label =
        found
            .label()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the service "
                            + service
                            + " has no label, so nothing can be learnt for it; give it one"));
    if (until.isBefore(from)) {
      throw new IllegalArgumentException(
          "a range must not end before it begins, but it is [" + from + ", " + until + ")");
    }
    return new TrainingSet(
        definitions,
        VectorPlan.of(found, definitions),
        label,
        from.toEpochMilli(),
        until.toEpochMilli());
  }

  /** The sources whose events a walk needs: the request's, the label's and those of the views. */
  public List<EventSource> sources() {
    Set<String> names = new HashSet<>();
    names.add(plan.request().name());
    names.add(label.source());
    graph().inOrder().forEach(node -> names.addAll(node.sources()));
    return definitions.sources().stream().filter(s -> names.contains(s.name())).toList();
  }

  /** The views that are looked up and those that they build on. */
  private ViewGraph graph() {
    return ViewGraph.of(
        definitions, plan.lookups().stream().map(VectorPlan.Lookup::view).distinct().toList());
  }

  /** The names and types of a row's vector. */
  public RowSchema vectorSchema() {
    return plan.vectorSchema();
  }

  /** The set as a table: {@code request_time}, {@code request_key}, the features, {@code label}. */
  public OfflineTable<TrainingRow> table() {
    List<Field> fields = new ArrayList<>();
    fields.add(Field.required("request_time", ValueType.TIMESTAMP));
    fields.add(Field.required("request_key", ValueType.STRING));
    fields.addAll(plan.vectorSchema().fields());
    fields.add(Field.required("label", ValueType.BOOL));
    String name = plan.service().name();
    return OfflineTables.of(
        name,
        "training-sets/" + name,
        new RowSchema(name, fields),
        TrainingRow::requestTimeMs,
        TrainingSet::values);
  }

  /**
   * Makes the set from the events of all {@link #sources} in the order of their times, and gives
   * its rows out in the order of (request time, request key).
   *
   * @param events read as far as is needed; more sources than needed do no harm
   * @throws E if the sink does; the walk ends there
   * @throws IllegalArgumentException if an event is earlier than the one before it
   */
  public <E extends Exception> TrainingCounts walk(Iterator<Event> events, RowSink<E> rows)
      throws E {
    RowSchema labelColumns = definitions.source(label.source()).schema();
    Expression value = Expressions.compile(label.value(), labelColumns);
    OpenRequests<E> open = new OpenRequests<>(label.horizon().toMillis(), rows);
    return new TrainingWalk<>(
            plan,
            graph(),
            KeyReader.of(label.on(), plan.request().schema()),
            label.source(),
            KeyReader.of(label.on(), labelColumns),
            value,
            Checks.of(sources()),
            open)
        .walk(events, fromMs, untilMs);
  }

  private static Values values(TrainingRow row) {
    int features = row.vector().size();
    Values values = new Values(features + 3);
    values.setLong(0, row.requestTimeMs());
    values.setText(1, row.requestKey());
    for (int i = 0; i < features; i++) {
      values.copyFrom(i + 2, row.vector(), i);
    }
    values.setBoolean(features + 2, row.label());
    return values;
  }
}
