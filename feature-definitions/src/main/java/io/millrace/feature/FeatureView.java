package io.millrace.feature;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A named, versioned group of features of one entity from one source.
 *
 * @param version 1 or more; a changed meaning is a new version
 * @param ttl how long after a key's last event its values may be served; empty means for ever
 */
public record FeatureView(
    String name,
    int version,
    Entity entity,
    String source,
    Optional<Duration> ttl,
    List<Feature> features) {
  public FeatureView {
    features = List.copyOf(features);
    if (version < 1) {
      throw new IllegalArgumentException(
          "version must be 1 or more, but that of " + name + " is " + version);
    }
  }

  /** Name and version in one word, as folders, states and store keys spell it: {@code name_v1}. */
  public String id() {
    return name + "_v" + version;
  }
}
