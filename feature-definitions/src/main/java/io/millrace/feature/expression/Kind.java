package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.Map;

/** How an expression holds a value: a timestamp is an integer here, and there are no lists. */
enum Kind {
  INTEGER,
  REAL,
  TEXT,
  BOOL;

  private static final Map<ValueType, Kind> OF =
      Map.of(
          ValueType.INT64, INTEGER,
          ValueType.TIMESTAMP, INTEGER,
          ValueType.FLOAT64, REAL,
          ValueType.STRING, TEXT,
          ValueType.BOOL, BOOL);

  /**
   * @throws IllegalArgumentException if expressions cannot hold the type
   */
  static Kind of(ValueType type) {
    Kind kind = OF.get(type);
    if (kind == null) {
      throw new IllegalArgumentException(
          "there is no expression over lists and maps, and this is "
              + type
              + "; read it as it is, without an expression");
    }
    return kind;
  }
}
