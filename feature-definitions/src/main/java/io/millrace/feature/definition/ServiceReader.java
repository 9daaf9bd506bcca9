package io.millrace.feature.definition;

import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Label;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.ValueType;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.vector.ComputedInputs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** {@code kind: FeatureService}. */
final class ServiceReader {
  private final Map<String, EventSource> sources;
  private final Set<String> sourceNames;
  private final Map<String, ViewNode> views;
  private final Set<String> viewNames;

  /**
   * @param sourceNames of all sources, also of those with problems, which are told elsewhere
   * @param viewNames likewise
   */
  ServiceReader(
      Map<String, EventSource> sources,
      Set<String> sourceNames,
      Map<String, ViewNode> views,
      Set<String> viewNames) {
    this.sources = sources;
    this.sourceNames = sourceNames;
    this.views = views;
    this.viewNames = viewNames;
  }

  Optional<FeatureService> read(YamlMap map) {
    map.allow("kind", "name", "request", "features", "label", "description").describe();
    String name = map.requireText("name", "delay_v1");
    ViewReader.requireName(map, "name", name);
    String requestName = map.requireText("request", "departures");
    EventSource request = sources.get(requestName);
    if (request == null) {
      if (!requestName.isEmpty() && !sourceNames.contains(requestName)) {
        map.problem(
            "request", DefinitionFiles.noSuch("event source", requestName, sources.keySet()));
      }
      return Optional.empty();
    }
    List<ServiceFeature> features = new ArrayList<>();
    // What is listed so far: the expressions below may read it.
    Map<String, Field> listed = new LinkedHashMap<>();
    for (Node item : map.list("features")) {
      for (ServiceFeature feature : features(map, item, request, listed.values())) {
        features.add(feature);
        if (listed.putIfAbsent(feature.name(), fieldOf(feature, request, listed.values()))
            != null) {
          map.problems().add(map.file(), item, twoNamed(feature));
        }
      }
    }
    if (map.list("features").isEmpty()) {
      map.problems()
          .add(map.file(), map.node(), "features is missing, for example features: [carrier.*]");
    }
    Optional<Label> label = map.map("label").flatMap(l -> label(l, request));
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(new FeatureService(name, requestName, features, label));
  }

  private static String twoNamed(ServiceFeature feature) {
    String fix =
        feature instanceof ServiceFeature.OfView ofView
            ? "list it once, or rename one: {view: "
                + ofView.view()
                + ", as: other_"
                + ofView.view()
                + ", features: ["
                + ofView.feature()
                + "], ...}"
            : "rename one";
    return "the vector has two values named " + feature.name() + "; " + fix;
  }

  /** The value's name and type; the feature is sound. */
  private Field fieldOf(ServiceFeature feature, EventSource request, Collection<Field> before) {
    if (feature instanceof ServiceFeature.OfView ofView) {
      RowSchema row = views.get(ofView.view()).aggregator().rowSchema();
      return Field.nullable(feature.name(), row.field(row.requireIndexOf(ofView.feature())).type());
    }
    ServiceFeature.Computed computed = (ServiceFeature.Computed) feature;
    RowSchema columns = ComputedInputs.columns(request.schema(), List.copyOf(before));
    return Field.nullable(
        feature.name(), Expressions.compile(computed.expression(), columns).type());
  }

  private List<ServiceFeature> features(
      YamlMap map, Node item, EventSource request, Collection<Field> before) {
    if (item instanceof ScalarNode scalar) {
      String text = map.substituted(scalar);
      int dot = text.indexOf('.');
      if (dot < 1) {
        map.problems()
            .add(
                map.file(),
                item,
                "a feature is view.feature, view.* or {name: ..., expr: ...}, but it is " + text);
        return List.of();
      }
      String view = text.substring(0, dot);
      return ofView(map, item, view, view, List.of(text.substring(dot + 1)), Map.of(), request);
    }
    YamlMap entry = map.mapOf(item, "a feature");
    if (entry.has("view")) {
      entry.allow("view", "as", "features", "keys");
      Map<String, String> keys = new LinkedHashMap<>();
      entry
          .map("keys")
          .ifPresent(k -> k.keys().forEach(key -> keys.put(key, k.requireText(key, "origin"))));
      List<String> wanted = entry.has("features") ? entry.texts("features") : List.of("*");
      String view = entry.requireText("view", "weather");
      String as = entry.has("as") ? entry.requireText("as", "origin_weather") : view;
      ViewReader.requireName(entry, "as", as);
      return ofView(entry, item, view, as, wanted, keys, request);
    }
    entry.allow("name", "expr", "description").describe();
    String name = entry.requireText("name", "slack_min");
    ViewReader.requireName(entry, "name", name);
    String expression = entry.requireText("expr", "\"a - b\"");
    return SourceReader.compiles(
            entry,
            "expr",
            expression,
            ComputedInputs.columns(request.schema(), List.copyOf(before)),
            Optional.empty())
        .filter(e -> !name.isBlank())
        .<List<ServiceFeature>>map(e -> List.of(new ServiceFeature.Computed(name, expression)))
        .orElse(List.of());
  }

  private List<ServiceFeature> ofView(
      YamlMap map,
      Node at,
      String viewName,
      String as,
      List<String> wanted,
      Map<String, String> keys,
      EventSource request) {
    ViewNode node = views.get(viewName);
    if (node == null) {
      if (!viewNames.contains(viewName)) {
        map.problems()
            .add(map.file(), at, DefinitionFiles.noSuch("feature view", viewName, viewNames));
      }
      return List.of();
    }
    FeatureView view = node.view();
    for (String key : keys.keySet()) {
      if (!view.entity().keys().contains(key)) {
        YamlMap given = map.map("keys").orElseThrow();
        map.problems()
            .add(
                map.file(),
                given.keyNode(key),
                DefinitionFiles.noSuch("key of " + viewName, key, view.entity().keys()));
        return List.of();
      }
    }
    for (String key : view.entity().keys()) {
      String column = keys.getOrDefault(key, key);
      if (request.schema().indexOf(column).isEmpty()) {
        map.problems()
            .add(
                map.file(),
                at,
                "the request "
                    + request.name()
                    + " has no column "
                    + column
                    + " for the key "
                    + key
                    + " of "
                    + viewName
                    + "; say which it is: {view: "
                    + viewName
                    + ", features: \"*\", keys: {"
                    + key
                    + ": COLUMN}}");
        return List.of();
      }
      if (!SourceReader.requireSameType(map, at, request.schema(), column, node.events(), key)) {
        return List.of();
      }
    }
    List<String> known = view.features().stream().map(Feature::name).toList();
    List<ServiceFeature> features = new ArrayList<>();
    for (String feature : wanted) {
      if (feature.equals("*")) {
        known.forEach(f -> features.add(new ServiceFeature.OfView(viewName, as, f, keys)));
      } else if (known.contains(feature)) {
        features.add(new ServiceFeature.OfView(viewName, as, feature, keys));
      } else {
        map.problems()
            .add(map.file(), at, DefinitionFiles.noSuch("feature of " + viewName, feature, known));
      }
    }
    return features;
  }

  /** An outcome that was given out, and trained on, is not taken back. */
  private static boolean isToldOnce(YamlMap map, EventSource source) {
    if (source.changes().isPresent()) {
      map.problem(
          "source",
          "the records of "
              + source.name()
              + " are changes to a table, and a label is told once, by the first event of its key;"
              + " have the connector write what is decided as an event of its own (in Debezium the"
              + " outbox event router, or ExtractNewRecordState and a filter), and read that as a"
              + " source without changes");
      return false;
    }
    return true;
  }

  private Optional<Label> label(YamlMap map, EventSource request) {
    map.allow("source", "on", "value", "horizon");
    String sourceName = map.requireText("source", "arrivals");
    List<String> on = map.texts("on");
    String value = map.requireText("value", "\"delay_min >= 15\"");
    Optional<Duration> horizon = map.positiveDuration("horizon");
    if (!map.has("horizon")) {
      map.problems().add(map.file(), map.node(), "horizon is missing, for example horizon: 2d");
    }
    EventSource source = sources.get(sourceName);
    if (source == null) {
      if (!sourceName.isEmpty() && !sourceNames.contains(sourceName)) {
        map.problem("source", DefinitionFiles.noSuch("event source", sourceName, sources.keySet()));
      }
      return Optional.empty();
    }
    if (on.isEmpty()) {
      map.problems().add(map.file(), map.node(), "on is missing, for example on: [flight_id]");
    }
    boolean sound = !on.isEmpty() && horizon.isPresent() && isToldOnce(map, source);
    for (String column : on) {
      Node at = map.itemOf("on", column);
      sound &=
          SourceReader.requireKeyColumn(map, at, request.schema(), column)
              && SourceReader.requireKeyColumn(map, at, source.schema(), column)
              && SourceReader.requireSameType(
                  map, at, request.schema(), column, source.schema(), column);
    }
    sound &=
        SourceReader.compiles(map, "value", value, source.schema(), Optional.of(ValueType.BOOL))
            .isPresent();
    return sound ? Optional.of(new Label(sourceName, on, value, horizon.get())) : Optional.empty();
  }
}
