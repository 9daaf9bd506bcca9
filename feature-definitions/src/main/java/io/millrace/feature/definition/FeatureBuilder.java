package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Feature;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.Optional;

/**
 * A {@link Feature} in code; see {@link DefinitionBuilder}. Without {@link #over} its window is all
 * before. Not thread-safe.
 */
public final class FeatureBuilder {
  private final Aggregation aggregation;
  private final String input;
  private Optional<String> where = Optional.empty();
  private WindowSpec window = WindowSpec.lifetime();
  private Optional<String> defaultValue = Optional.empty();
  private String description = "";

  private FeatureBuilder(Aggregation aggregation, String input) {
    this.aggregation = aggregation;
    this.input = input;
  }

  public static FeatureBuilder count() {
    return new FeatureBuilder(Aggregation.COUNT, "*");
  }

  public static FeatureBuilder sum(String input) {
    return new FeatureBuilder(Aggregation.SUM, input);
  }

  public static FeatureBuilder avg(String input) {
    return new FeatureBuilder(Aggregation.AVG, input);
  }

  public static FeatureBuilder min(String input) {
    return new FeatureBuilder(Aggregation.MIN, input);
  }

  public static FeatureBuilder max(String input) {
    return new FeatureBuilder(Aggregation.MAX, input);
  }

  public static FeatureBuilder last(String input) {
    return new FeatureBuilder(Aggregation.LAST, input);
  }

  public FeatureBuilder where(String filter) {
    this.where = Optional.of(filter);
    return this;
  }

  /** A window exact to the event at both ends. */
  public FeatureBuilder over(Duration window) {
    this.window = WindowSpec.slidingExact(window);
    return this;
  }

  /** A window whose tail moves in steps of {@code resolution}, of which it is a multiple. */
  public FeatureBuilder over(Duration window, Duration resolution) {
    this.window = WindowSpec.slidingByTiles(window, resolution);
    return this;
  }

  /** What stands for null, as text of the feature's type. */
  public FeatureBuilder defaultValue(String text) {
    this.defaultValue = Optional.of(text);
    return this;
  }

  public FeatureBuilder description(String sentence) {
    this.description = sentence;
    return this;
  }

  Feature named(String name) {
    return new Feature(name, aggregation, input, where, window, defaultValue, description);
  }
}
