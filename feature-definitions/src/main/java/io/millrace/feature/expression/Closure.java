package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/**
 * A compiled piece of an expression. Every piece is evaluated at most once for a row, so the cost
 * of an expression is at most the number of its pieces, however deep they are nested.
 *
 * @param type null for the literal {@code null}, which takes the type of what it meets
 * @param constant the value of a literal, else null
 */
record Closure(ValueType type, Code code, Object constant) {
  /** What a piece does. */
  @FunctionalInterface
  interface Code {
    /**
     * Leaves the value in the cell.
     *
     * @return false if the value is null; then the cell holds nothing of meaning
     */
    boolean evaluate(Row row, Cell cell);
  }

  static Closure of(ValueType type, Code code) {
    return new Closure(type, code, null);
  }

  boolean evaluate(Row row, Cell cell) {
    return code.evaluate(row, cell);
  }

  boolean isInteger() {
    return type == ValueType.INT64 || type == ValueType.TIMESTAMP;
  }

  boolean isNumber() {
    return isInteger() || type == ValueType.FLOAT64;
  }

  /** Whether this is the literal {@code null}. */
  boolean isNullLiteral() {
    return type == null;
  }

  /** For messages. */
  String typeName() {
    return type == null ? "null" : type.name();
  }

  /** This number as a FLOAT64. */
  Closure widened() {
    if (type == ValueType.FLOAT64) {
      return this;
    }
    if (constant instanceof Long number) {
      return Leaves.literal((double) number);
    }
    Code integer = code;
    return of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!integer.evaluate(row, cell)) {
            return false;
          }
          cell.real = cell.number;
          return true;
        });
  }
}
