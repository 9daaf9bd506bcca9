package io.millrace.schema;

import io.millrace.feature.Values;
import java.util.Optional;

/**
 * What a record of changes says of one row of a table.
 *
 * @param before the row that is no more; empty where it is new
 * @param after the row that is; empty where it was deleted
 */
public record Change(Optional<Values> before, Optional<Values> after) {
  public Change {
    if (before.isEmpty() && after.isEmpty()) {
      throw new IllegalArgumentException(
          "a change has a row before or after it, but this has none");
    }
  }
}
