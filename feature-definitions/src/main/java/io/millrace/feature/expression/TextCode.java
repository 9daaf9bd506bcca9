package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/** What a function makes of a text and a second argument, both not null. */
@FunctionalInterface
interface TextCode {
  /**
   * Leaves the value in the cell.
   *
   * @param cell holds the second argument
   * @return false if the value is null
   */
  boolean evaluate(Row row, Cell cell, String text);

  /** A function that is null where one of its first two arguments is. */
  static Closure closure(ValueType type, Closure text, Closure second, TextCode code) {
    return Closure.of(
        type,
        (row, cell) -> {
          if (!text.evaluate(row, cell)) {
            return false;
          }
          String whole = cell.text;
          return second.evaluate(row, cell) && code.evaluate(row, cell, whole);
        });
  }
}
