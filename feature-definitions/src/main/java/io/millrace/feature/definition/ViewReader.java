package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Entity;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Join;
import io.millrace.feature.KeyReader;
import io.millrace.feature.RowSchema;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.expression.ExpressionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code kind: FeatureView}. */
final class ViewReader {
  private static final String NAME = "[a-z][a-z0-9_]*";

  private final Map<String, EventSource> sources;
  private final Set<String> sourceNames;
  private final Map<String, ViewNode> views;
  private final Set<String> viewNames;

  /**
   * @param sourceNames of all sources, also of those with problems, which are told elsewhere
   * @param views the views read so far; those that a view builds on are read before it
   * @param viewNames of all views, also of those with problems
   */
  ViewReader(
      Map<String, EventSource> sources,
      Set<String> sourceNames,
      Map<String, ViewNode> views,
      Set<String> viewNames) {
    this.sources = sources;
    this.sourceNames = sourceNames;
    this.views = views;
    this.viewNames = viewNames;
  }

  /** The names of the views that a view builds on; they may be wrong. */
  static List<String> parents(YamlMap map) {
    List<String> parents = new ArrayList<>();
    if (map.isMap("source")) {
      map.map("source").flatMap(source -> source.text("view")).ifPresent(parents::add);
    }
    if (map.isMap("join")) {
      YamlMap joins = map.map("join").orElseThrow();
      for (String join : joins.keys()) {
        if (joins.isMap(join)) {
          joins.map(join).flatMap(one -> one.text("view")).ifPresent(parents::add);
        }
      }
    }
    return parents;
  }

  Optional<ViewNode> read(YamlMap map) {
    map.allow(
            "kind",
            "name",
            "version",
            "entity",
            "source",
            "join",
            "ttl",
            "state-ttl",
            "features",
            "description")
        .describe();
    String name = map.requireText("name", "carrier_day");
    int version = version(map);
    Optional<String> sourceName = source(map);
    Optional<Duration> ttl = map.positiveDuration("ttl");
    Optional<Duration> stateTtl = map.positiveDuration("state-ttl");
    List<String> keys =
        map.map("entity")
            .map(e -> e.allow("keys", "name", "nulls").texts("keys"))
            .orElse(List.of());
    if (keys.isEmpty() && map.mayBeMap("entity")) {
      map.problem("entity", "entity is missing its keys, for example entity: {keys: [tail_num]}");
    }
    requireName(map, "name", name);
    Optional<List<Join>> joins = joins(map);
    if (sourceName.isEmpty() || joins.isEmpty()) {
      return Optional.empty();
    }
    Optional<RowSchema> events = events(map, sourceName.get(), joins.get());
    if (events.isEmpty()) {
      return Optional.empty();
    }
    boolean sound = !keys.isEmpty() && !name.isEmpty() && version > 0;
    for (String key : keys) {
      YamlMap entity = map.map("entity").orElseThrow();
      sound &= SourceReader.requireKeyColumn(entity, entity.itemOf("keys", key), events.get(), key);
    }
    sound &= keys.isEmpty() || EntityReader.checkNulls(map, keys, events.get());
    Optional<YamlMap> features = map.map("features");
    if (features.isEmpty() || features.get().keys().isEmpty()) {
      map.problems()
          .add(
              map.file(),
              map.node(),
              "features is missing, for example features: {last_delay: {last: delay_min}}");
      return Optional.empty();
    }
    List<Feature> read = new ArrayList<>();
    for (String featureName : features.get().keys()) {
      Optional<Feature> feature = feature(features.get(), featureName, events.get());
      sound &= feature.isPresent();
      feature.ifPresent(read::add);
    }
    if (!sound) {
      return Optional.empty();
    }
    FeatureView view =
        new FeatureView(
            name,
            version,
            EntityReader.entity(map, keys),
            sourceName.get(),
            joins.get(),
            ttl,
            read,
            stateTtl);
    Optional<String> cut = StateTtls.problem(view, sources.get(sourceName.get()));
    if (cut.isPresent()) {
      map.problem("state-ttl", cut.get());
      return Optional.empty();
    }
    try {
      // Ratios are of other features, so only the whole view tells.
      return Optional.of(bound(view));
    } catch (ExpressionException e) {
      map.problem("features", e.getMessage());
      return Optional.empty();
    }
  }

  private ViewNode bound(FeatureView view) {
    return ViewNode.of(view, sources::get, views::get);
  }

  /** The source as a view names it, or empty if it is none that can be read. */
  private Optional<String> source(YamlMap map) {
    if (map.isMap("source")) {
      YamlMap source = map.map("source").orElseThrow().allow("view");
      String view = source.requireText("view", "route");
      return isSoundView(source, view)
          ? Optional.of(FeatureView.sourceOfRows(view))
          : Optional.empty();
    }
    String name = map.requireText("source", "arrivals");
    if (sources.containsKey(name)) {
      return Optional.of(name);
    }
    if (!name.isEmpty() && !sourceNames.contains(name)) {
      map.problem("source", DefinitionFiles.noSuch("event source", name, sources.keySet()));
    }
    return Optional.empty();
  }

  private boolean isSoundView(YamlMap map, String view) {
    if (!view.isEmpty() && !viewNames.contains(view)) {
      map.problem("view", DefinitionFiles.noSuch("feature view", view, viewNames));
    }
    return views.containsKey(view);
  }

  /** The joins, or empty if one of them has problems. */
  private Optional<List<Join>> joins(YamlMap map) {
    List<Join> joins = new ArrayList<>();
    boolean sound = map.mayBeMap("join");
    Optional<YamlMap> given = map.map("join");
    for (String name : given.map(YamlMap::keys).orElse(List.of())) {
      YamlMap join = given.get().map(name).orElseThrow().allow("view", "keys");
      if (!name.matches(NAME)) {
        map.problems()
            .add(
                map.file(),
                given.get().keyNode(name),
                "a join's name is lower case letters, digits and underscores, but it is " + name);
        sound = false;
      }
      Map<String, String> keys = new LinkedHashMap<>();
      Optional<YamlMap> mapping = join.map("keys");
      mapping.ifPresent(k -> k.keys().forEach(key -> keys.put(key, k.requireText(key, "origin"))));
      String view = join.requireText("view", name);
      if (!isSoundView(join, view)) {
        sound = false;
        continue;
      }
      List<String> known = views.get(view).view().entity().keys();
      for (String key : keys.keySet()) {
        if (!known.contains(key)) {
          map.problems()
              .add(
                  map.file(),
                  mapping.orElseThrow().keyNode(key),
                  DefinitionFiles.noSuch("key of " + view, key, known));
          sound = false;
        }
      }
      joins.add(new Join(name, view, keys));
    }
    return sound ? Optional.of(joins) : Optional.empty();
  }

  /** The columns of the view's events, or empty with a problem if there can be none. */
  private Optional<RowSchema> events(YamlMap map, String source, List<Join> joins) {
    if (sources.containsKey(source) && joins.isEmpty()) {
      return Optional.of(sources.get(source).schema());
    }
    try {
      RowSchema columns =
          sources.containsKey(source)
              ? sources.get(source).schema()
              : views.get(source.substring(FeatureView.sourceOfRows("").length())).rows();
      Feature any =
          new Feature(
              "any",
              Aggregation.COUNT,
              "*",
              Optional.empty(),
              WindowSpec.lifetime(),
              Optional.empty(),
              "");
      FeatureView all =
          new FeatureView(
              map.text("name").orElse("view"),
              1,
              new Entity(List.of(anyKey(columns))),
              source,
              joins,
              Optional.empty(),
              List.of(any),
              Optional.empty());
      return Optional.of(bound(all).events());
    } catch (IllegalArgumentException e) {
      map.problem(joins.isEmpty() ? "source" : "join", e.getMessage());
      return Optional.empty();
    }
  }

  private static String anyKey(RowSchema columns) {
    return columns.fields().stream()
        .filter(f -> KeyReader.makesKey(f.type()))
        .findFirst()
        .orElseThrow()
        .name();
  }

  private static int version(YamlMap map) {
    String text = map.text("version").orElse("1");
    if (!text.matches("[1-9][0-9]{0,8}")) {
      map.problem("version", "version is a whole number from 1, but it is " + text);
      return 0;
    }
    return Integer.parseInt(text);
  }

  static void requireName(YamlMap map, String key, String name) {
    if (!name.isEmpty() && !name.matches(NAME)) {
      map.problem(
          key,
          "a name is lower case letters, digits and underscores and begins with a letter, but it"
              + " is "
              + name);
    }
  }

  private static Optional<Feature> feature(YamlMap features, String name, RowSchema columns) {
    if (!name.matches(NAME)) {
      features
          .problems()
          .add(
              features.file(),
              features.keyNode(name),
              "a feature's name is lower case letters, digits and underscores, but it is " + name);
      return Optional.empty();
    }
    return FeatureReader.read(features, name, columns);
  }
}
