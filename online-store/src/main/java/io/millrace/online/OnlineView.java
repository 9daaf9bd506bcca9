package io.millrace.online;

import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import java.time.Duration;
import java.util.Optional;

/**
 * A view that a store may hold.
 *
 * @param id the view's {@link FeatureView#id}, without the character 0
 * @param schema the names and types of its features
 * @param ttl how long after a key's last event its values count as {@link ValueStatus#PRESENT};
 *     empty means for ever
 */
public record OnlineView(String id, RowSchema schema, Optional<Duration> ttl) {
  public OnlineView {
    if (id.isEmpty() || id.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "a view's id must not be empty nor hold the character 0, but it is '" + id + "'");
    }
    if (ttl.isPresent() && ttl.get().isNegative()) {
      throw new IllegalArgumentException(
          "a ttl must not be negative, but that of " + id + " is " + ttl.get());
    }
  }

  /**
   * A view as it is defined.
   *
   * @param schema the names and types of its features, as its aggregator gives them
   */
  public static OnlineView of(FeatureView view, RowSchema schema) {
    return new OnlineView(view.id(), schema, view.ttl());
  }
}
