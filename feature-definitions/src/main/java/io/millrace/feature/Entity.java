package io.millrace.feature;

import java.util.List;

/**
 * Whom a feature is about, named by the columns that identify them.
 *
 * @param skipsNulls whether a key column may be null in the source: an event without its key is
 *     about nobody, so the view skips and counts it
 */
public record Entity(List<String> keys, boolean skipsNulls) {
  public Entity {
    keys = List.copyOf(keys);
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("an entity needs at least one key column");
    }
  }

  /** An entity whose key columns are never null. */
  public Entity(List<String> keys) {
    this(keys, false);
  }

  /** An entity whose key columns are never null. */
  public static Entity of(String... keys) {
    return new Entity(List.of(keys));
  }

  /** The same entity, where an event without a key is skipped. */
  public Entity skippingNulls() {
    return new Entity(keys, true);
  }

  /**
   * Refuses key columns that may be null, unless the entity skips nulls.
   *
   * @param events the schema of the source
   * @throws IllegalArgumentException naming the column and the fix
   */
  public void requireKeysOf(RowSchema events) {
    for (String key : keys) {
      if (!skipsNulls && events.field(events.requireIndexOf(key)).nullable()) {
        throw new IllegalArgumentException(nullableKey(key, events.name(), keys));
      }
    }
  }

  private static String nullableKey(String key, String source, List<String> keys) {
    return "the key "
        + key
        + " may be null in "
        + source
        + ", and an event without it is about nobody; say entity: {keys: "
        + keys
        + ", nulls: skip} to skip and count such events, or use a column that is never null";
  }
}
