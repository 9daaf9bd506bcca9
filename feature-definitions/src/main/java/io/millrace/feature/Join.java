package io.millrace.feature;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Another view's values beside each event of a view, as of the event's time: of events strictly
 * before it.
 *
 * @param name what stands for the joined view in the names of its columns, {@code name__feature}
 * @param view whose values are joined
 * @param keys the joined view's key column to the event's column that holds it; columns not named
 *     are read from the event's column of the same name
 */
public record Join(String name, String view, Map<String, String> keys) {
  public Join {
    // In one order, since the definitions' hash is made of the text.
    keys = Collections.unmodifiableMap(new TreeMap<>(keys));
  }
}
