package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;

/**
 * Compiles expression text against the columns it may read. The language is CEL without macros and
 * comprehensions; TIMESTAMP columns are integers, milliseconds since the epoch; integers widen to
 * doubles where they meet. See {@link Functions} for the functions and {@link Expression} for the
 * rules of null.
 */
public final class Expressions {
  private Expressions() {}

  /**
   * Parses, type-checks and compiles.
   *
   * @throws ExpressionException if the text is no expression over the schema's columns, with the
   *     place in the text and the fix
   */
  public static Expression compile(String text, RowSchema schema) {
    return new Named(text, new Compiler(text, schema).compile());
  }

  private record Named(String text, Closure closure) implements Expression {
    @Override
    public ValueType type() {
      return closure.type();
    }

    @Override
    public boolean isNull(Row row) {
      return closure.isNull(row);
    }

    @Override
    public long longAt(Row row) {
      return closure.longAt(row);
    }

    @Override
    public double doubleAt(Row row) {
      return closure.doubleAt(row);
    }

    @Override
    public boolean booleanAt(Row row) {
      return closure.booleanAt(row);
    }

    @Override
    public String textAt(Row row) {
      return closure.textAt(row);
    }
  }
}
