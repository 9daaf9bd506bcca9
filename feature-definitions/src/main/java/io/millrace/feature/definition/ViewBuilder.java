package io.millrace.feature.definition;

import io.millrace.feature.Entity;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A {@link FeatureView} in code; see {@link DefinitionBuilder}. Not thread-safe. */
public final class ViewBuilder {
  private final String name;
  private int version = 1;
  private String[] keys = {};
  private boolean skipsNulls;
  private String source = "";
  private Optional<Duration> ttl = Optional.empty();
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

  public ViewBuilder ttl(Duration ttl) {
    this.ttl = Optional.of(ttl);
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
        name, version, skipsNulls ? entity.skippingNulls() : entity, source, ttl, features);
  }
}
