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
import io.millrace.feature.chain.ViewGraph;
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
  private final ComputedInputs inputs;

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
    this.inputs = new ComputedInputs(request.schema(), vectorSchema.fields());
  }

  /**
   * Compiles a service.
   *
   * @throws IllegalArgumentException if a name does not resolve, a key column is missing in the
   *     request, or two values share a name
   * @throws io.millrace.feature.expression.ExpressionException if an expression does not compile
   */
  public static VectorPlan of(FeatureService service, Definitions definitions) {
    EventSource request = definitions.source(service.request());
    ViewGraph graph = ViewGraph.of(definitions, viewsOf(service, definitions));
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
          ViewAggregator aggregator = graph.node(view.name()).aggregator();
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
        computed[i] =
            Expressions.compile(
                formula.expression(), ComputedInputs.columns(request.schema(), fields));
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

  private static List<FeatureView> viewsOf(FeatureService service, Definitions definitions) {
    return service.features().stream()
        .filter(ServiceFeature.OfView.class::isInstance)
        .map(feature -> definitions.view(((ServiceFeature.OfView) feature).view()))
        .distinct()
        .toList();
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

  /** Which of {@link #lookups()} holds a value of the vector, or -1 if it is computed. */
  public int lookupOf(int index) {
    return lookupOf[index];
  }

  /** The column of a value in its lookup's row; meaningless if it is computed. */
  public int columnOf(int index) {
    return columnOf[index];
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
      } else {
        // An expression reads only what is before it, so the vector holds all that it may name.
        compute(i, inputs.row(requestRow, vector), vector);
      }
    }
    return vector;
  }

  /**
   * A vector's values of views, with its computed values made anew from them and the request: equal
   * to the vector if its computed values are right.
   */
  public Values recomputed(Row requestRow, Values vector) {
    Values anew = new Values(lookupOf.length);
    for (int i = 0; i < lookupOf.length; i++) {
      if (lookupOf[i] >= 0) {
        anew.copyFrom(i, vector, i);
      } else {
        compute(i, inputs.row(requestRow, anew), anew);
      }
    }
    return anew;
  }

  private void compute(int index, Row row, Values vector) {
    Expression expression = computed[index];
    if (expression.isNull(row)) {
      return;
    }
    switch (expression.type()) {
      case INT64, TIMESTAMP -> vector.setLong(index, expression.longAt(row));
      case FLOAT64 -> vector.setDouble(index, expression.doubleAt(row));
      case BOOL -> vector.setBoolean(index, expression.booleanAt(row));
      case STRING -> vector.setText(index, expression.textAt(row));
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          vector.setBoxed(index, expression.objectAt(row));
    }
  }
}
