package io.millrace.feature.definition;

import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.window.ViewAggregator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code kind: FeatureView}. */
final class ViewReader {
  private static final String NAME = "[a-z][a-z0-9_]*";

  private final Map<String, EventSource> sources;
  private final Set<String> sourceNames;

  /**
   * @param sourceNames of all sources, also of those with problems, which are told elsewhere
   */
  ViewReader(Map<String, EventSource> sources, Set<String> sourceNames) {
    this.sources = sources;
    this.sourceNames = sourceNames;
  }

  Optional<FeatureView> read(YamlMap map) {
    map.allow("kind", "name", "version", "entity", "source", "ttl", "features", "description");
    String name = map.requireText("name", "carrier_day");
    int version = version(map);
    String sourceName = map.requireText("source", "arrivals");
    Optional<Duration> ttl = map.positiveDuration("ttl");
    List<String> keys =
        map.map("entity")
            .map(e -> e.allow("keys", "name", "nulls").texts("keys"))
            .orElse(List.of());
    if (keys.isEmpty() && map.mayBeMap("entity")) {
      map.problem("entity", "entity is missing its keys, for example entity: {keys: [tail_num]}");
    }
    requireName(map, "name", name);
    EventSource source = sources.get(sourceName);
    if (source == null) {
      if (!sourceName.isEmpty() && !sourceNames.contains(sourceName)) {
        map.problem("source", DefinitionFiles.noSuch("event source", sourceName, sources.keySet()));
      }
      return Optional.empty();
    }
    boolean sound = !keys.isEmpty() && !name.isEmpty() && version > 0;
    for (String key : keys) {
      YamlMap entity = map.map("entity").orElseThrow();
      sound &=
          SourceReader.requireKeyColumn(entity, entity.itemOf("keys", key), source.schema(), key);
    }
    sound &= keys.isEmpty() || EntityReader.checkNulls(map, keys, source.schema());
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
      Optional<Feature> feature = feature(features.get(), featureName, source.schema());
      sound &= feature.isPresent();
      feature.ifPresent(read::add);
    }
    if (!sound) {
      return Optional.empty();
    }
    FeatureView view =
        new FeatureView(name, version, EntityReader.entity(map, keys), sourceName, ttl, read);
    try {
      // Ratios are of other features, so only the whole view tells.
      ViewAggregator.of(view, source);
      return Optional.of(view);
    } catch (ExpressionException e) {
      map.problem("features", e.getMessage());
      return Optional.empty();
    }
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
