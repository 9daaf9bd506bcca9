package io.millrace.feature.vector;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.window.ViewAggregator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the vector of a service is made from a request and the rows of its views: which rows to look
 * up, and where each value goes. Stream, training set and server all follow the same plan.
 * Immutable and thread-safe.
 *
 * <pre>
 * VectorPlan plan = VectorPlan.of(service, definitions);
 * Values[] rows = ...;                       // one for each of plan.lookups(), null where no key
 * Values vector = plan.vector(request, rows);
 * </pre>
 */
public final class VectorPlan {
  /**
   * One row to read: the view, and its key in the request.
   *
   * @param empty the values of a key that was never seen
   */
  public record Lookup(FeatureView view, KeyReader keys, ViewAggregator aggregator, Values empty) {}

  private final FeatureService service;
  private final EventSource request;
  private final List<Lookup> lookups;
  private final RowSchema vectorSchema;
  // For each value of the vector: the lookup and the column in its row, or -1 and the expression.
  private final int[] lookupOf;
  private final int[] columnOf;
  private final Expression[] computed;

  private VectorPlan(
      FeatureService service,
      EventSource request,
      List<Lookup> lookups,
      RowSchema vectorSchema,
      int[] lookupOf,
      int[] columnOf,
      Expression[] computed) {
    this.service = service;
    this.request = request;
    this.lookups = List.copyOf(lookups);
    this.vectorSchema = vectorSchema;
    this.lookupOf = lookupOf;
    this.columnOf = columnOf;
    this.computed = computed;
  }

  /**
   * Compiles a service.
   *
   * @throws IllegalArgumentException if a name does not resolve, or a key column is missing in the
   *     request
   */
  public static VectorPlan of(FeatureService service, Definitions definitions) {
    EventSource request = definitions.source(service.request());
    Map<String, Integer> lookupIndexes = new LinkedHashMap<>();
    List<Lookup> lookups = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    int size = service.features().size();
    int[] lookupOf = new int[size];
    int[] columnOf = new int[size];
    Expression[] computed = new Expression[size];
    for (int i = 0; i < size; i++) {
      ServiceFeature feature = service.features().get(i);
      if (feature instanceof ServiceFeature.OfView ofView) {
        FeatureView view = definitions.view(ofView.view());
        List<String> columns =
            view.entity().keys().stream().map(k -> ofView.keys().getOrDefault(k, k)).toList();
        Integer known = lookupIndexes.get(view.id() + columns);
        if (known == null) {
          known = lookups.size();
          lookupIndexes.put(view.id() + columns, known);
          ViewAggregator aggregator =
              ViewAggregator.of(view, definitions.source(view.source()).schema());
          lookups.add(
              new Lookup(
                  view,
                  KeyReader.of(columns, request.schema()),
                  aggregator,
                  aggregator.valuesAt(ViewAggregator.EMPTY, 0)));
        }
        RowSchema rowSchema = lookups.get(known).aggregator().rowSchema();
        lookupOf[i] = known;
        columnOf[i] = rowSchema.requireIndexOf(ofView.feature());
        fields.add(Field.nullable(feature.name(), rowSchema.field(columnOf[i]).type()));
      } else if (feature instanceof ServiceFeature.Computed formula) {
        lookupOf[i] = -1;
        computed[i] = Expressions.compile(formula.expression(), request.schema());
        fields.add(Field.nullable(feature.name(), computed[i].type()));
      }
    }
    return new VectorPlan(
        service,
        request,
        lookups,
        new RowSchema(service.name(), fields),
        lookupOf,
        columnOf,
        computed);
  }

  public FeatureService service() {
    return service;
  }

  /** The source whose events ask. */
  public EventSource request() {
    return request;
  }

  /** The rows to read for a request, each (view, key columns) once. */
  public List<Lookup> lookups() {
    return lookups;
  }

  /** The names and types of the vector, in the order of the service's features; all nullable. */
  public RowSchema vectorSchema() {
    return vectorSchema;
  }

  /**
   * Puts the vector together.
   *
   * @param rows the values of each of {@link #lookups()}, null where the key is null or unknown
   */
  public Values vector(Row requestRow, Values[] rows) {
    Values vector = new Values(lookupOf.length);
    for (int i = 0; i < lookupOf.length; i++) {
      if (lookupOf[i] >= 0) {
        Values row = rows[lookupOf[i]];
        vector.copyFrom(i, row == null ? lookups.get(lookupOf[i]).empty() : row, columnOf[i]);
      } else if (!computed[i].isNull(requestRow)) {
        switch (computed[i].type()) {
          case INT64, TIMESTAMP -> vector.setLong(i, computed[i].longAt(requestRow));
          case FLOAT64 -> vector.setDouble(i, computed[i].doubleAt(requestRow));
          case BOOL -> vector.setBoolean(i, computed[i].booleanAt(requestRow));
          case STRING -> vector.setText(i, computed[i].textAt(requestRow));
          case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
              vector.setBoxed(i, computed[i].objectAt(requestRow));
        }
      }
    }
    return vector;
  }
}
