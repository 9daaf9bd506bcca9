package io.millrace.feature;

import java.util.List;

/** Whom a feature is about, named by the columns that identify them. */
public record Entity(List<String> keys) {
  public Entity {
    keys = List.copyOf(keys);
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("an entity needs at least one key column");
    }
  }

  public static Entity of(String... keys) {
    return new Entity(List.of(keys));
  }
}
