package io.millrace.feature.expression;

import dev.cel.common.ast.CelExpr;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Compiles expression text against the columns it may read.
 *
 * <pre>
 * Expression late = Expressions.compile("arr_delay_min >= 15 && !cancelled", schema);
 * boolean is = late.admits(row);
 * </pre>
 *
 * <p>The language is CEL over columns, without messages, maps and timestamps; docs/expressions.md
 * is its reference. Closures run it; the parts with lists are run by the CEL runtime, with the same
 * rules. Where it differs from CEL:
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
 * <p>A text that is too large, or may cost too much, is refused; see {@link Limits} and {@link
 * Estimate}. Evaluation visits every part at most once, except in the runs over a list.
 */
public final class Expressions {
  private Expressions() {}

  /**
   * Parses, type-checks and compiles.
   *
   * @throws ExpressionException if the text is no expression over the schema's columns, or costs
   *     too much, with the place in the text and the fix
   */
  public static Expression compile(String text, RowSchema schema) {
    Compiler compiler = new Compiler(text, schema);
    Closure closure = compiler.compile();
    return new Compiled(text, closure, compiler.cost());
  }

  /** As {@link #compile}, but with all that the CEL runtime can run run by it; for tests. */
  static Expression compileForTheRuntime(String text, RowSchema schema) {
    Compiler compiler = new Compiler(text, schema);
    Closure closure = compiler.compileForTheRuntime();
    return new Compiled(text, closure, compiler.cost());
  }

  /**
   * Checks what can be checked before the columns are known: that the text parses and is of a size
   * that is allowed, and that its functions exist.
   *
   * @throws ExpressionException if it does not, with the place in the text and the fix
   */
  public static void checkSyntax(String text) {
    new SyntaxTree(text).checkFunctions();
  }

  /**
   * The names that a text mentions, each once, in their order: those of columns, and of the
   * variables of runs over a list.
   *
   * @throws ExpressionException if the text does not parse
   */
  public static Set<String> names(String text) {
    SyntaxTree tree = new SyntaxTree(text);
    Set<String> names = new LinkedHashSet<>();
    collectNames(tree, tree.root(), names);
    return names;
  }

  private static void collectNames(SyntaxTree tree, CelExpr expr, Set<String> names) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.IDENT) {
      names.add(expr.ident().name());
    }
    tree.children(expr).forEach(child -> collectNames(tree, child, names));
  }

  private record Compiled(String text, Closure closure, long cost) implements Expression {
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
