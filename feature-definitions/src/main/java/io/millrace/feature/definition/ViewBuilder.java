package io.millrace.feature.definition;

import io.millrace.feature.Entity;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Join;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A {@link FeatureView} in code; see {@link DefinitionBuilder}. Not thread-safe. */
public final class ViewBuilder {
  private final String name;
  private int version = 1;
  private String[] keys = {};
  private boolean skipsNulls;
  private String source = "";
  private Optional<Duration> ttl = Optional.empty();
  private Optional<Duration> stateTtl = Optional.empty();
  private final List<Join> joins = new ArrayList<>();
  private final List<Feature> features = new ArrayList<>();

  private ViewBuilder(String name) {
    this.name = name;
  }

  /** Version 1 of a view. */
  public static ViewBuilder named(String name) {
    return new ViewBuilder(name);
  }

  public ViewBuilder version(int version) {
    this.version = version;
    return this;
  }

  public ViewBuilder entity(String... keys) {
    this.keys = keys.clone();
    return this;
  }

  /** Lets a key column be null: an event without its key is skipped and counted. */
  public ViewBuilder skipNullKeys() {
    this.skipsNulls = true;
    return this;
  }

  public ViewBuilder source(String source) {
    this.source = source;
    return this;
  }

  /** The rows of another view are the events of this one. */
  public ViewBuilder sourceView(String view) {
    return source(FeatureView.sourceOfRows(view));
  }

  /**
   * Another view's values, as of each event's time, as columns {@code name__feature}.
   *
   * @param keys the joined view's key column to the event's column
   */
  public ViewBuilder join(String name, String view, Map<String, String> keys) {
    joins.add(new Join(name, view, keys));
    return this;
  }

  public ViewBuilder ttl(Duration ttl) {
    this.ttl = Optional.of(ttl);
    return this;
  }

  /** After how long without an event a key is forgotten. */
  public ViewBuilder stateTtl(Duration withoutEvents) {
    this.stateTtl = Optional.of(withoutEvents);
    return this;
  }

  public ViewBuilder feature(String name, FeatureBuilder feature) {
    features.add(feature.named(name));
    return this;
  }

  /**
   * @throws IllegalArgumentException if there is no key, or the version is less than 1
   */
  public FeatureView build() {
    Entity entity = Entity.of(keys);
    return new FeatureView(
        name,
        version,
        skipsNulls ? entity.skippingNulls() : entity,
        source,
        joins,
        ttl,
        features,
        stateTtl);
  }
}
