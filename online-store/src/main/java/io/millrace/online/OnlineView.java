package io.millrace.online;

import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A view that a store may hold.
 *
 * @param id the view's {@link FeatureView#id}, without the character 0
 * @param schema the names and types of its features
 * @param ttl how long after a key's last event its values count as {@link ValueStatus#PRESENT};
 *     empty means for ever
 * @param keys the key columns in the order of an {@link io.millrace.feature.EntityKey}'s parts;
 *     empty if they are not known, which only layouts that spell keys out mind
 */
public record OnlineView(String id, RowSchema schema, Optional<Duration> ttl, List<Field> keys) {
  public OnlineView {
    keys = List.copyOf(keys);
    if (id.isEmpty() || id.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "a view's id must not be empty nor hold the character 0, but it is '" + id + "'");
    }
    if (ttl.isPresent() && ttl.get().isNegative()) {
      throw new IllegalArgumentException(
          "a ttl must not be negative, but that of " + id + " is " + ttl.get());
    }
  }

  /** A view whose key columns are not known. */
  public OnlineView(String id, RowSchema schema, Optional<Duration> ttl) {
    this(id, schema, ttl, List.of());
  }

  /**
   * A view as it is defined, with its key columns.
   *
   * @param schema the names and types of its features, as its aggregator gives them
   * @param events the columns of the view's source, of which the key columns are some
   */
  public static OnlineView of(FeatureView view, RowSchema schema, RowSchema events) {
    List<Field> keys =
        view.entity().keys().stream().map(key -> events.field(events.requireIndexOf(key))).toList();
    return new OnlineView(view.id(), schema, view.ttl(), keys);
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
