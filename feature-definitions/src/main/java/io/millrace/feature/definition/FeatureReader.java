package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.window.ViewAggregator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** One feature of a {@code kind: FeatureView}. */
final class FeatureReader {
  private static final List<String> WORDS =
      Arrays.stream(Aggregation.values()).map(Aggregation::word).toList();
  private static final List<String> KINDS = List.of("window", "tumbling", "session", "rows");

  /** The resolution of a window without tiles; the same as none. */
  private static final String EXACT = "exact";

  /** What count_distinct counts exactly unless it is told otherwise. */
  private static final int EXACT_UP_TO = 256;

  private final YamlMap map;
  private final String name;
  private final RowSchema columns;
  private boolean sound = true;

  private FeatureReader(YamlMap map, String name, RowSchema columns) {
    this.map = map;
    this.name = name;
    this.columns = columns;
  }

  /** The feature of that name, or empty if it has problems, which are reported. */
  static Optional<Feature> read(YamlMap features, String name, RowSchema columns) {
    return new FeatureReader(features.map(name).orElseThrow(), name, columns).feature();
  }

  private Optional<Feature> feature() {
    List<String> words = map.keys().stream().filter(WORDS::contains).toList();
    List<String> known = new ArrayList<>(WORDS);
    known.addAll(KINDS);
    known.addAll(
        List.of("where", "resolution", "most-instants", "delay", "default", "description"));
    known.addAll(List.of("k", "exact-up-to", "at", "bounds", "by", "over", "half-life"));
    map.allow(known.toArray(String[]::new));
    if (words.size() != 1) {
      map.problems()
          .add(
              map.file(),
              map.node(),
              "a feature has one aggregation, such as count, avg or last, but "
                  + name
                  + " has "
                  + words);
      return Optional.empty();
    }
    String word = words.get(0);
    Aggregation aggregation = Aggregation.valueOf(word.toUpperCase(Locale.ROOT));
    String input = map.requireText(word, "delay_min");
    sound = !input.isEmpty();
    Optional<String> where = map.text("where");
    where.ifPresent(filter -> requireCompiles("where", filter, Optional.of(ValueType.BOOL)));
    if (aggregation == Aggregation.COUNT && sound && !input.equals("*")) {
      map.problem(
          word,
          "count counts events: write count: \"*\", and what must hold of them under where, but it"
              + " is "
              + input);
      sound = false;
    } else if (!input.equals("*") && aggregation != Aggregation.RATIO) {
      requireCompiles(word, input, Optional.empty());
    }
    AggregationParameters parameters = parameters(aggregation);
    Optional<WindowSpec> window = window();
    if (!sound) {
      return Optional.empty();
    }
    Feature feature =
        new Feature(
            name,
            aggregation,
            input,
            parameters,
            where,
            window.orElse(WindowSpec.lifetime()),
            map.text("default"),
            map.text("description").orElse(""));
    // What a ratio is of is only known when the whole view is.
    boolean fits = aggregation == Aggregation.RATIO || fits(feature, word);
    return fits ? window.map(w -> feature) : Optional.empty();
  }

  private void requireCompiles(String key, String text, Optional<ValueType> type) {
    sound &= SourceReader.compiles(map, key, text, columns, type).isPresent();
  }

  /** The engine knows what it takes. */
  private boolean fits(Feature feature, String word) {
    try {
      ViewAggregator.check(feature, columns);
      return true;
    } catch (ExpressionException e) {
      String place = e.text().equals(map.text("default").orElse(null)) ? "default" : word;
      Node node = map.nodeOf(place);
      map.problems().add(map.file(), (ScalarNode) node, e);
      return false;
    }
  }

  private AggregationParameters parameters(Aggregation aggregation) {
    boolean isDistinct = aggregation == Aggregation.COUNT_DISTINCT;
    boolean isRatio = aggregation == Aggregation.RATIO;
    AggregationParameters read =
        new AggregationParameters(
            wholeNumber(isDistinct ? "exact-up-to" : "k", isDistinct ? EXACT_UP_TO : 0),
            numbers("at"),
            numbers("bounds"),
            map.text("by"),
            map.text("over"),
            map.duration("half-life"));
    read.by().ifPresent(by -> requireCompiles("by", by, Optional.empty()));
    if (isRatio && read.over().isEmpty()) {
      map.problems()
          .add(
              map.file(),
              map.node(),
              "a ratio needs its divisor, for example {ratio: late_7d, over: arrivals_7d}");
      sound = false;
    }
    switch (aggregation) {
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K, FREQUENT_ITEMS, COUNT_BY, SUM_BY, AVG_BY -> {}
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> {}
      default -> refuse("k", aggregation);
    }
    if (!isDistinct) {
      refuse("exact-up-to", aggregation);
    }
    if (aggregation != Aggregation.QUANTILE && aggregation != Aggregation.QUANTILES) {
      refuse("at", aggregation);
    }
    if (aggregation != Aggregation.HISTOGRAM) {
      refuse("bounds", aggregation);
    }
    if (!isRatio) {
      refuse("over", aggregation);
    } else {
      List.of("where", "window", "tumbling", "session", "rows", "delay")
          .forEach(key -> refuse(key, aggregation));
    }
    if (aggregation != Aggregation.DECAYED_SUM && aggregation != Aggregation.DECAYED_COUNT) {
      refuse("half-life", aggregation);
    }
    return read;
  }

  private void refuse(String key, Aggregation aggregation) {
    if (map.has(key)) {
      map.problem(key, aggregation.word() + " takes no " + key + "; leave it out");
      sound = false;
    }
  }

  private int wholeNumber(String key, int otherwise) {
    Optional<String> text = map.text(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.get().matches("[0-9]{1,9}")) {
      map.problem(key, key + " is a whole number, but it is " + text.get());
      sound = false;
      return otherwise;
    }
    return Integer.parseInt(text.get());
  }

  private List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (String text : map.texts(key)) {
      try {
        numbers.add(Double.parseDouble(text));
      } catch (NumberFormatException notOne) {
        map.problem(key, key + " is a list of numbers, but one of them is " + text);
        sound = false;
      }
    }
    return numbers;
  }

  private Optional<WindowSpec> window() {
    List<String> kinds = map.keys().stream().filter(KINDS::contains).toList();
    boolean isRowsWithin = kinds.size() == 2 && map.has("rows") && map.has("window");
    if (kinds.size() > 1 && !isRowsWithin) {
      map.problem(
          kinds.get(1),
          "a feature has one of " + KINDS + ", or rows with a window, but this has " + kinds);
      return Optional.empty();
    }
    if (map.has("resolution") && (!map.has("window") || map.has("rows"))) {
      map.problem("resolution", "a resolution needs a window, for example window: 7d");
      return Optional.empty();
    }
    if (map.has("most-instants") && (!map.has("window") || map.has("rows") || hasTiles())) {
      map.problem(
          "most-instants",
          "most-instants is of a window without a resolution, which is exact to the event");
      return Optional.empty();
    }
    if (map.has("delay") && (map.has("rows") || (!map.has("window") && !map.has("tumbling")))) {
      map.problem("delay", "a delay needs a window or tumbling, for example window: 1h");
      return Optional.empty();
    }
    for (String key : List.of("window", "tumbling", "session", "resolution", "delay")) {
      boolean isExact = key.equals("resolution") && !hasTiles();
      if (map.has(key) && !isExact && map.duration(key).isEmpty()) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(windowOfKind());
    } catch (IllegalArgumentException impossibleWindow) {
      map.problem(placeOfWindow(), message(impossibleWindow));
      return Optional.empty();
    }
  }

  private WindowSpec windowOfKind() {
    Duration delay = map.duration("delay").orElse(Duration.ZERO);
    if (map.has("rows")) {
      int rows = wholeNumber("rows", 0);
      return map.duration("window")
          .map(length -> WindowSpec.lastRowsWithin(rows, length))
          .orElseGet(() -> WindowSpec.lastRows(rows));
    }
    if (map.has("tumbling")) {
      return WindowSpec.tumbling(map.duration("tumbling").orElseThrow()).delayedBy(delay);
    }
    if (map.has("session")) {
      return WindowSpec.session(map.duration("session").orElseThrow());
    }
    if (!map.has("window")) {
      return WindowSpec.lifetime();
    }
    Duration length = map.duration("window").orElseThrow();
    WindowSpec window =
        hasTiles()
            ? WindowSpec.slidingByTiles(length, map.duration("resolution").orElseThrow())
            : exact(length);
    return window.delayedBy(delay);
  }

  private boolean hasTiles() {
    return map.has("resolution") && !map.text("resolution").equals(Optional.of(EXACT));
  }

  private WindowSpec exact(Duration length) {
    WindowSpec exact = WindowSpec.slidingExact(length);
    return map.has("most-instants")
        ? exact.exactUpTo(wholeNumber("most-instants", WindowSpec.MOST_INSTANTS))
        : exact;
  }

  private String placeOfWindow() {
    return List.of("most-instants", "resolution", "delay", "rows", "tumbling", "session", "window")
        .stream()
        .filter(map::has)
        .findFirst()
        .orElse("window");
  }

  private String message(IllegalArgumentException impossible) {
    boolean isOfInstants = impossible.getMessage().contains("instants");
    if (!map.has("window") || map.has("rows") || isOfInstants) {
      return impossible.getMessage();
    }
    if (map.has("delay") && !impossible.getMessage().contains("length must")) {
      return "a delay must be a multiple of the resolution, but they are "
          + map.text("delay").orElse("")
          + " and "
          + map.text("resolution").orElse("1ms");
    }
    return hasTiles()
        ? "a window must be a multiple of its resolution, but they are "
            + map.text("window").orElse("")
            + " and "
            + map.text("resolution").orElse("")
        : "a window must be longer than nothing, but it is " + map.text("window").orElse("");
  }
}
