package io.millrace.server.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.VectorPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a set of features is answered, decided once: which rows to read, by which columns of the
 * request, and where each feature stands in them. What a service computes when asked is computed by
 * the {@link VectorPlan} that stream and training set follow too. Immutable and thread-safe.
 */
public final class ServePlan {
  /**
   * One row to read.
   *
   * @param view the view's name
   * @param viewId name and version, as the online store knows it
   * @param columns the request's columns that make the key, in the order of the view's keys
   * @param empty the values of a key without a row that may be served: defaults, or null
   */
  public record Lookup(
      String view,
      String viewId,
      int version,
      List<String> columns,
      KeyReader keys,
      RowSchema schema,
      Values empty) {}

  /**
   * One feature of the answer.
   *
   * @param lookup the row that holds it, or {@link #COMPUTED}
   * @param column its place in that row; in the vector, if it is computed
   */
  public record Output(
      String view, String shortName, String fullName, Field field, int lookup, int column) {
    /** How Feast refers to it: {@code view:feature}, or the name of a computed one. */
    public String reference() {
      return lookup == COMPUTED ? shortName : view + ":" + shortName;
    }

    public boolean isComputed() {
      return lookup == COMPUTED;
    }
  }

  /** Stands for a lookup where a feature is computed when asked. */
  public static final int COMPUTED = -1;

  private final String name;
  private final RowSchema inputs;
  private final List<Lookup> lookups;
  private final List<Output> outputs;
  private final Optional<VectorPlan> vectorPlan;
  private final RowSchema vectorSchema;
  private final Set<String> keyColumns;
  // Column to what needs it: those that a request must have.
  private final Map<String, String> required;
  private final Set<String> read;
  private final Optional<String> clash;
  private final Set<String> fullNames;
  private final Set<String> shortNames;
  private final boolean computes;

  ServePlan(
      String name,
      RowSchema inputs,
      List<Lookup> lookups,
      List<Output> outputs,
      Optional<VectorPlan> vectorPlan,
      Map<String, String> readByExpressions) {
    this.name = name;
    this.inputs = inputs;
    this.lookups = List.copyOf(lookups);
    this.outputs = List.copyOf(outputs);
    this.vectorPlan = vectorPlan;
    this.vectorSchema =
        new RowSchema(
            name,
            outputs.stream()
                .map(output -> Field.nullable(output.fullName(), output.field().type()))
                .toList());
    this.keyColumns = new LinkedHashSet<>();
    this.required = new LinkedHashMap<>();
    for (Lookup lookup : lookups) {
      keyColumns.addAll(lookup.columns());
      for (String column : lookup.columns()) {
        required.putIfAbsent(column, "a key of the view " + lookup.view());
      }
    }
    this.read = new LinkedHashSet<>(keyColumns);
    read.addAll(readByExpressions.keySet());
    readByExpressions.forEach(
        (column, feature) -> {
          if (!inputs.field(inputs.requireIndexOf(column)).nullable()) {
            required.putIfAbsent(column, "read by the feature " + feature);
          }
        });
    this.clash = clashOf(outputs);
    this.fullNames = outputs.stream().map(Output::fullName).collect(Collectors.toSet());
    this.shortNames = outputs.stream().map(Output::shortName).collect(Collectors.toSet());
    this.computes = outputs.stream().anyMatch(Output::isComputed);
  }

  /** The plan of a service. */
  static ServePlan of(FeatureService service, Definitions definitions) {
    VectorPlan plan = VectorPlan.of(service, definitions);
    List<Lookup> lookups = new ArrayList<>(Collections.nCopies(plan.lookups().size(), null));
    List<Output> outputs = new ArrayList<>();
    Map<String, String> readByExpressions = new LinkedHashMap<>();
    for (int i = 0; i < service.features().size(); i++) {
      Field field = plan.vectorSchema().field(i);
      if (service.features().get(i) instanceof ServiceFeature.OfView ofView) {
        int at = plan.lookupOf(i);
        VectorPlan.Lookup lookup = plan.lookups().get(at);
        FeatureView view = lookup.view();
        RowSchema schema = lookup.aggregator().rowSchema();
        if (lookups.get(at) == null) {
          List<String> columns =
              view.entity().keys().stream().map(k -> ofView.keys().getOrDefault(k, k)).toList();
          lookups.set(
              at,
              new Lookup(
                  view.name(),
                  view.id(),
                  view.version(),
                  columns,
                  lookup.keys(),
                  schema,
                  lookup.empty()));
        }
        outputs.add(
            new Output(
                ofView.as(),
                ofView.feature(),
                field.name(),
                field,
                at,
                schema.requireIndexOf(ofView.feature())));
      } else if (service.features().get(i) instanceof ServiceFeature.Computed computed) {
        for (String column : Expressions.names(computed.expression())) {
          if (plan.request().schema().indexOf(column).isPresent()) {
            readByExpressions.putIfAbsent(column, computed.name());
          }
        }
        outputs.add(new Output("", computed.name(), computed.name(), field, COMPUTED, i));
      }
    }
    return new ServePlan(
        service.name(),
        plan.request().schema(),
        lookups,
        outputs,
        Optional.of(plan),
        readByExpressions);
  }

  /**
   * The plan of single features.
   *
   * @throws Refusal naming the first that does not exist and the nearest that does, or one that is
   *     named twice
   */
  static ServePlan of(List<FeatureReference> references, ViewGraph graph) {
    Map<String, Integer> lookupOf = new LinkedHashMap<>();
    List<Lookup> lookups = new ArrayList<>();
    List<Output> outputs = new ArrayList<>();
    Map<String, Field> inputs = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (FeatureReference reference : references) {
      ViewNode node = reference.nodeIn(graph);
      FeatureView view = node.view();
      RowSchema schema = node.aggregator().rowSchema();
      int column = reference.columnIn(schema);
      if (!names.add(view.name() + "__" + reference.feature())) {
        throw Refusal.invalid(
            view.name() + ":" + reference.feature() + " is asked for twice; name it once");
      }
      Integer at = lookupOf.get(view.name());
      if (at == null) {
        at = lookups.size();
        lookupOf.put(view.name(), at);
        for (String key : view.entity().keys()) {
          Field field = node.events().field(node.events().requireIndexOf(key));
          Field known = inputs.putIfAbsent(key, Field.nullable(key, field.type()));
          if (known != null && known.type() != field.type()) {
            throw Refusal.invalid(
                "the column "
                    + key
                    + " is "
                    + known.type()
                    + " in one of the views asked for and "
                    + field.type()
                    + " in "
                    + view.name()
                    + "; ask for them in two requests");
          }
        }
        lookups.add(
            new Lookup(
                view.name(),
                view.id(),
                view.version(),
                view.entity().keys(),
                null,
                schema,
                node.aggregator().valuesAt(io.millrace.feature.window.ViewAggregator.EMPTY, 0)));
      }
      outputs.add(
          new Output(
              view.name(),
              reference.feature(),
              view.name() + "__" + reference.feature(),
              schema.field(column),
              at,
              column));
    }
    RowSchema columns = new RowSchema("the request", List.copyOf(inputs.values()));
    List<Lookup> bound = new ArrayList<>();
    for (Lookup l : lookups) {
      bound.add(
          new Lookup(
              l.view(),
              l.viewId(),
              l.version(),
              l.columns(),
              KeyReader.of(l.columns(), columns),
              l.schema(),
              l.empty()));
    }
    return new ServePlan("features", columns, bound, outputs, Optional.empty(), Map.of());
  }

  private static Optional<String> clashOf(List<Output> outputs) {
    Map<String, Output> first = new HashMap<>();
    for (Output output : outputs) {
      Output before = first.putIfAbsent(output.shortName(), output);
      if (before != null) {
        return Optional.of(
            "two of the features are named "
                + output.shortName()
                + ": "
                + before.reference()
                + " and "
                + output.reference());
      }
    }
    return Optional.empty();
  }

  /** The service's name, or {@code features} for single ones. */
  public String name() {
    return name;
  }

  /** The columns that a request may have. */
  public RowSchema inputs() {
    return inputs;
  }

  /** The rows that are read for each row of a request. */
  public List<Lookup> lookups() {
    return lookups;
  }

  /** The features, in the order of the answer and of {@link #vectorSchema()}. */
  public List<Output> outputs() {
    return outputs;
  }

  /** The full names and types of the features, all nullable: what a model's vector is made of. */
  public RowSchema vectorSchema() {
    return vectorSchema;
  }

  /** The columns that make keys. */
  public Set<String> keyColumns() {
    return keyColumns;
  }

  /** The columns of {@link #inputs()} that anything is made of. */
  public Set<String> readColumns() {
    return read;
  }

  /**
   * The columns that a request must have, each with what needs it. Of the others of {@link
   * #readColumns()} the schema says that they may be null; one that is left out is.
   */
  public Map<String, String> requiredColumns() {
    return required;
  }

  /** Why short names would be ambiguous, if they would. */
  Optional<String> clash() {
    return clash;
  }

  boolean computes() {
    return computes;
  }

  /**
   * The vector of a row: what a model reads.
   *
   * @param rows the values of each of {@link #lookups()} that may be served, null where none may
   */
  Values vector(Row input, Values[] rows) {
    if (vectorPlan.isPresent()) {
      return vectorPlan.get().vector(input, rows);
    }
    Values vector = new Values(outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      Values row = rows[output.lookup()];
      vector.copyFrom(i, row == null ? lookups.get(output.lookup()).empty() : row, output.column());
    }
    return vector;
  }

  /** Whether a feature has the name, as the query wants names. */
  boolean names(String name, boolean full) {
    return (full ? fullNames : shortNames).contains(name);
  }
}
