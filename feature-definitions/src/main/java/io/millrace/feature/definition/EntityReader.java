package io.millrace.feature.definition;

import io.millrace.feature.Entity;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.List;
import java.util.OptionalInt;

/** {@code entity: {keys: [...], nulls: skip}}. */
final class EntityReader {
  private static final String NULLS = "nulls";
  private static final String SKIP = "skip";

  private EntityReader() {}

  /** The entity of a view's mapping. */
  static Entity entity(YamlMap view, List<String> keys) {
    boolean skips = view.map("entity").flatMap(e -> e.text(NULLS)).orElse("").equals(SKIP);
    return skips ? new Entity(keys).skippingNulls() : new Entity(keys);
  }

  /** Whether the keys may be null only where the entity skips nulls; if not, that is reported. */
  static boolean checkNulls(YamlMap view, List<String> keys, RowSchema events) {
    YamlMap entity = view.map("entity").orElseThrow();
    String nulls = entity.text(NULLS).orElse(SKIP);
    if (!nulls.equals(SKIP)) {
      entity.problem(NULLS, "nulls is skip, or left out, but it is " + nulls);
      return false;
    }
    boolean sound = true;
    for (String key : keys) {
      OptionalInt at = events.indexOf(key);
      // What is missing or makes no key is told elsewhere.
      if (at.isPresent() && events.field(at.getAsInt()).type() != ValueType.FLOAT64) {
        try {
          entity(view, List.of(key)).requireKeysOf(events);
        } catch (IllegalArgumentException nullable) {
          entity.problems().add(entity.file(), entity.itemOf("keys", key), nullable.getMessage());
          sound = false;
        }
      }
    }
    return sound;
  }
}
