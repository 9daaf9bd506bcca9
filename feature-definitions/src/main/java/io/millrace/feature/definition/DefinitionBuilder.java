package io.millrace.feature.definition;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.History;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Label;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.VectorPlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Definitions in code, equal to those of files with the same content.
 *
 * <pre>
 * Definitions payments =
 *     new DefinitionBuilder()
 *         .source(SourceBuilder.named("payments").schema(avro).eventTime("at"))
 *         .view(
 *             ViewBuilder.named("card").entity("card").source("payments")
 *                 .feature("spent_1h", FeatureBuilder.sum("amount").over(Duration.ofHours(1))))
 *         .service(ServiceBuilder.named("fraud_v1").request("payments").feature("card", "*"))
 *         .build();
 * </pre>
 *
 * <p>Not thread-safe.
 */
public final class DefinitionBuilder {
  private final List<EventSource> sources = new ArrayList<>();
  private final List<FeatureView> views = new ArrayList<>();
  private final List<ServiceBuilder> services = new ArrayList<>();
  private final List<String> mistakes = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /**
   * @throws IllegalArgumentException as {@link SourceBuilder#build} does
   */
  public DefinitionBuilder source(SourceBuilder source) {
    sources.add(source.build());
    return this;
  }

  /**
   * @throws IllegalArgumentException as {@link ViewBuilder#build} does
   */
  public DefinitionBuilder view(ViewBuilder view) {
    views.add(view.build());
    return this;
  }

  public DefinitionBuilder service(ServiceBuilder service) {
    services.add(service);
    return this;
  }

  /**
   * Checks all and puts them together.
   *
   * @throws IllegalArgumentException with every mistake of sources and views, or if there is none,
   *     of services, one a line
   */
  public Definitions build() {
    mistakes.clear();
    names.clear();
    Definitions all =
        new Definitions(sources, views, services.stream().map(s -> s.build(views)).toList());
    for (EventSource source : sources) {
      attempt("event source " + source.name(), () -> check(source));
    }
    for (FeatureView view : views) {
      attempt("feature view " + view.name(), () -> check(view, all));
    }
    throwIfAny();
    for (FeatureService service : all.services()) {
      attempt("feature service " + service.name(), () -> check(service, all));
    }
    throwIfAny();
    return all;
  }

  private void attempt(String what, Runnable check) {
    if (!names.add(what)) {
      mistakes.add(what + " is defined twice; rename one");
    }
    try {
      check.run();
    } catch (IllegalArgumentException | ExpressionException e) {
      mistakes.add(what + ": " + e.getMessage());
    }
  }

  private void throwIfAny() {
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
  }

  private static void check(EventSource source) {
    KeyReader.of(source.messageKey(), source.schema());
    for (Expectation expectation : source.expectations()) {
      requireBool(expectation.check(), source.schema());
    }
    if (source.history().isPresent()) {
      History history = source.history().get();
      history.where().ifPresent(Expressions::checkSyntax);
      for (String column : history.columns().keySet()) {
        source.schema().requireIndexOf(column);
        Expressions.checkSyntax(history.columns().get(column));
      }
    }
  }

  private static void check(FeatureView view, Definitions all) {
    for (ViewNode node : ViewGraph.of(all, List.of(view)).asDefined()) {
      node.view().entity().requireKeysOf(node.events());
    }
    EventSource source =
        all.sources().stream()
            .filter(one -> one.name().equals(view.source()))
            .findFirst()
            .orElse(null);
    StateTtls.problem(view, source)
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
  }

  private static void check(FeatureService service, Definitions all) {
    VectorPlan.of(service, all);
    if (service.label().isPresent()) {
      Label label = service.label().get();
      RowSchema told = all.source(label.source()).schema();
      KeyReader.of(label.on(), all.source(service.request()).schema());
      KeyReader.of(label.on(), told);
      requireBool(label.value(), told);
    }
  }

  private static void requireBool(String text, RowSchema schema) {
    ValueType type = Expressions.compile(text, schema).type();
    if (type != ValueType.BOOL) {
      throw new IllegalArgumentException(text + " must be BOOL, but it is " + type);
    }
  }
}
