package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/**
 * A checked expression over the columns of a row, compiled to closures. Immutable and thread-safe.
 *
 * <p>Null rules: arithmetic, comparison and functions of null are null; {@code &&} and {@code ||}
 * are three-valued ({@code false && null} is false, {@code true || null} is true); {@code has(x)}
 * is never null. What would be an error, such as an integer that overflows, is null too. The typed
 * readers are undefined where {@link #isNull} is true.
 */
public interface Expression {
  /** The source text. */
  String text();

  ValueType type();

  /**
   * What one evaluation costs at most, in steps, as it is estimated from the text and the types: a
   * step is about the work of an addition. Never more than what an expression may cost.
   */
  long cost();

  boolean isNull(Row row);

  /** The value of an INT64 or TIMESTAMP expression. */
  long longAt(Row row);

  /** The value of a FLOAT64 expression, and of an INT64 one widened. */
  double doubleAt(Row row);

  boolean booleanAt(Row row);

  String textAt(Row row);

  /** The value of a list or map; see {@link Row#objectAt}. */
  Object objectAt(Row row);

  /** Whether the row passes this filter: a BOOL expression that is neither null nor false. */
  default boolean admits(Row row) {
    return !isNull(row) && booleanAt(row);
  }
}
