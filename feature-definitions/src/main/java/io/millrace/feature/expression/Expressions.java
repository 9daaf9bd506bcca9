package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;

/**
 * Compiles expression text against the columns it may read.
 *
 * <pre>
 * Expression late = Expressions.compile("arr_delay_min >= 15 && !cancelled", schema);
 * boolean is = late.admits(row);
 * </pre>
 *
 * <p>The language is CEL without macros and comprehensions: columns, literals, {@code + - * / %},
 * comparisons, {@code && || !}, {@code ?:}, {@code in} on a list of literals, {@code x == null},
 * {@code has(x)} and the functions of {@link Functions}. Where it differs from CEL:
 *
 * <ul>
 *   <li>An INT64 widens to FLOAT64 where it meets one: {@code dep_delay_min / 60.0}. Beyond 2^53 it
 *       loses digits by that.
 *   <li>TIMESTAMP columns are integers, milliseconds since the epoch.
 *   <li>What is an error in CEL is null: an integer that overflows or is divided by zero, a text
 *       that is no number. The rules of null are those of {@link Expression}.
 *   <li>{@code %} is defined on doubles too, as in Java.
 * </ul>
 *
 * <p>A text has at most 4,096 chars and is nested at most 64 deep; evaluation visits every part at
 * most once.
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
    return new Compiled(text, new Compiler(text, schema).compile());
  }

  /**
   * Checks what can be checked before the columns are known: that the text parses and that its
   * functions exist.
   *
   * @throws ExpressionException if it does not, with the place in the text and the fix
   */
  public static void checkSyntax(String text) {
    new SyntaxTree(text).checkFunctions();
  }

  private record Compiled(String text, Closure closure) implements Expression {
    @Override
    public ValueType type() {
      return closure.type();
    }

    @Override
    public boolean isNull(Row row) {
      return !closure.evaluate(row, new Cell());
    }

    @Override
    public long longAt(Row row) {
      return value(row).number;
    }

    @Override
    public double doubleAt(Row row) {
      Cell cell = value(row);
      return closure.type() == ValueType.FLOAT64 ? cell.real : cell.number;
    }

    @Override
    public boolean booleanAt(Row row) {
      return value(row).number != 0;
    }

    @Override
    public String textAt(Row row) {
      return value(row).text;
    }

    @Override
    public Object objectAt(Row row) {
      return value(row).object;
    }

    @Override
    public boolean admits(Row row) {
      Cell cell = new Cell();
      return closure.evaluate(row, cell) && cell.number != 0;
    }

    private Cell value(Row row) {
      Cell cell = new Cell();
      closure.evaluate(row, cell);
      return cell;
    }
  }
}
