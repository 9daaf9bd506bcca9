package io.millrace.feature.expression;

import io.millrace.feature.ValueType;

/** How an expression holds a value: a timestamp is an integer here. */
enum Kind {
  INTEGER,
  REAL,
  TEXT,
  BOOL,
  /** A list or map of a column, which is passed on or found to be null, and no more. */
  OBJECT;

  static Kind of(ValueType type) {
    return switch (type) {
      case INT64, TIMESTAMP -> INTEGER;
      case FLOAT64 -> REAL;
      case STRING -> TEXT;
      case BOOL -> BOOL;
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> OBJECT;
    };
  }
}
