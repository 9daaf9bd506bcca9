package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Entity;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.window.ViewAggregator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** {@code kind: FeatureView}. */
final class ViewReader {
  private static final String NAME = "[a-z][a-z0-9_]*";
  private static final List<String> WORDS =
      Arrays.stream(Aggregation.values()).map(Aggregation::word).toList();

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
    return sound
        ? Optional.of(
            new FeatureView(name, version, EntityReader.entity(map, keys), sourceName, ttl, read))
        : Optional.empty();
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
    YamlMap map = features.map(name).orElseThrow();
    List<String> words = map.keys().stream().filter(WORDS::contains).toList();
    List<String> known = new ArrayList<>(WORDS);
    known.addAll(List.of("where", "window", "resolution", "default", "description"));
    map.allow(known.toArray(String[]::new));
    if (words.size() != 1) {
      map.problems()
          .add(
              map.file(),
              map.node(),
              "a feature has one aggregation of " + WORDS + ", but " + name + " has " + words);
      return Optional.empty();
    }
    String word = words.get(0);
    String input = map.requireText(word, "delay_min");
    Optional<String> where = map.text("where");
    boolean sound = !input.isEmpty();
    if (where.isPresent()) {
      sound &=
          SourceReader.compiles(map, "where", where.get(), columns, Optional.of(ValueType.BOOL))
              .isPresent();
    }
    if (word.equals("count") && !input.isEmpty() && !input.equals("*")) {
      map.problem(
          word,
          "count counts events: write count: \"*\", and what must hold of them under where, but it"
              + " is "
              + input);
      sound = false;
    } else if (!input.equals("*")) {
      sound &= SourceReader.compiles(map, word, input, columns, Optional.empty()).isPresent();
    }
    Optional<WindowSpec> window = window(map);
    if (!sound) {
      return Optional.empty();
    }
    Feature feature =
        new Feature(
            name,
            Aggregation.valueOf(word.toUpperCase(java.util.Locale.ROOT)),
            input,
            where,
            window.orElse(WindowSpec.lifetime()),
            map.text("default"),
            map.text("description").orElse(""));
    try {
      // The engine knows what it takes.
      ViewAggregator.of(
          new FeatureView(
              "one",
              1,
              Entity.of(
                  columns.fields().stream()
                      .filter(f -> f.type() != ValueType.FLOAT64)
                      .findFirst()
                      .orElseThrow()
                      .name()),
              columns.name(),
              Optional.empty(),
              List.of(feature)),
          columns);
      return window.map(w -> feature);
    } catch (ExpressionException e) {
      String place = e.text().equals(map.text("default").orElse(null)) ? "default" : word;
      map.problems().add(map.file(), (ScalarNode) map.nodeOf(place), e);
      return Optional.empty();
    }
  }

  private static Optional<WindowSpec> window(YamlMap map) {
    if (!map.has("window")) {
      if (map.has("resolution")) {
        map.problem("resolution", "a resolution needs a window, for example window: 7d");
        return Optional.empty();
      }
      return Optional.of(WindowSpec.lifetime());
    }
    Optional<Duration> length = map.duration("window");
    Optional<Duration> resolution = map.duration("resolution");
    if (length.isEmpty() || (map.has("resolution") && resolution.isEmpty())) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          resolution
              .map(r -> WindowSpec.slidingByTiles(length.get(), r))
              .orElseGet(() -> WindowSpec.slidingExact(length.get())));
    } catch (IllegalArgumentException impossibleWindow) {
      map.problem(
          map.has("resolution") ? "resolution" : "window",
          map.has("resolution")
              ? "a window must be a multiple of its resolution, but they are "
                  + map.text("window").orElse("")
                  + " and "
                  + map.text("resolution").orElse("")
              : "a window must be longer than nothing, but it is " + map.text("window").orElse(""));
      return Optional.empty();
    }
  }
}
