package io.millrace.feature;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A named, versioned group of features of one entity from one source.
 *
 * @param version 1 or more; a changed meaning is a new version
 * @param source the name of the event source whose events it is made of, or {@code view:NAME} if
 *     they are the rows of another view
 * @param joins other views' values beside each event, in the order of their columns
 * @param ttl how long after a key's last event its values may be served; empty means for ever
 * @param stateTtl after how long without an event a key is forgotten: from {@code last event +
 *     stateTtl} on it counts as one never seen, also once it is seen again; empty means never
 */
public record FeatureView(
    String name,
    int version,
    Entity entity,
    String source,
    List<Join> joins,
    Optional<Duration> ttl,
    List<Feature> features,
    Optional<Duration> stateTtl) {
  private static final String OF_VIEW = "view:";

  /** A view that joins nothing. */
  public FeatureView(
      String name,
      int version,
      Entity entity,
      String source,
      Optional<Duration> ttl,
      List<Feature> features) {
    this(name, version, entity, source, List.of(), ttl, features, Optional.empty());
  }

  /** This view, its keys forgotten after so long without an event. */
  public FeatureView forgettingAfter(Duration withoutEvents) {
    return new FeatureView(
        name, version, entity, source, joins, ttl, features, Optional.of(withoutEvents));
  }

  public FeatureView {
    joins = List.copyOf(joins);
    features = List.copyOf(features);
    if (version < 1) {
      throw new IllegalArgumentException(
          "version must be 1 or more, but that of " + name + " is " + version);
    }
    if (stateTtl.isPresent() && stateTtl.get().compareTo(Duration.ZERO) <= 0) {
      throw new IllegalArgumentException(
          "a state-ttl is longer than nothing, but that of " + name + " is " + stateTtl.get());
    }
  }

  /** How {@link #source} names the rows of a view. */
  public static String sourceOfRows(String view) {
    return OF_VIEW + view;
  }

  /** The view whose rows are the events of this one, if they are. */
  public Optional<String> sourceView() {
    return source.startsWith(OF_VIEW)
        ? Optional.of(source.substring(OF_VIEW.length()))
        : Optional.empty();
  }

  /** Name and version in one word, as folders, states and store keys spell it: {@code name_v1}. */
  public String id() {
    return name + "_v" + version;
  }
}
