package io.millrace.feature;

import java.util.Objects;

/** One column of a {@link RowSchema}. */
public record Field(String name, ValueType type, boolean nullable) {
  public Field {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a field needs a name");
    }
  }

  public static Field required(String name, ValueType type) {
    return new Field(name, type, false);
  }

  public static Field nullable(String name, ValueType type) {
    return new Field(name, type, true);
  }
}
