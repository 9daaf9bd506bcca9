package io.millrace.feature.expression;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one evaluation costs at most, in steps, told from the text and the types alone. Every
 * column, literal, operator and call is a step; where it reads or writes text one more for each 16
 * chars, a column's text taken to have {@link Limits#COLUMN_CHARS}; a pattern reads each char once
 * for each of its instructions; what the CEL runtime runs counts sixteenfold, and for each element
 * of the list that it runs over.
 */
final class Estimate {
  private static final long CHARS_A_STEP = 16;
  private static final long RUNTIME_FACTOR = 16;
  private static final long NUMBER_CHARS = 25;
  private static final long MOST = 1L << 50;

  private final SyntaxTree tree;
  private final Map<Long, Closure> compiled;
  private long steps;

  /**
   * @param chars of a text, or of a list's longest element
   * @param total chars of all of a list's elements
   * @param count elements of a list
   */
  private record Size(long chars, long total, long count) {
    static Size text(long chars) {
      return new Size(capped(chars), 0, 0);
    }

    static Size list(long chars, long total, long count) {
      return new Size(capped(chars), capped(total), capped(count));
    }
  }

  Estimate(SyntaxTree tree, Map<Long, Closure> compiled) {
    this.tree = tree;
    this.compiled = compiled;
  }

  /**
   * @throws ExpressionException if that is more than {@link Limits#STEPS}, or a text may become
   *     longer than {@link Limits#TEXT_CHARS}
   */
  long ofRoot() {
    size(tree.root(), Map.of(), 1);
    if (steps > Limits.STEPS) {
      throw tree.error(
          tree.root(),
          "one evaluation may cost "
              + steps
              + " steps, and "
              + Limits.STEPS
              + " are allowed; search less text, or run over fewer elements");
    }
    return steps;
  }

  private Size size(CelExpr expr, Map<String, Size> bound, long times) {
    spend(times);
    return switch (expr.getKind()) {
      case CONSTANT ->
          Size.text(
              expr.constant().getKind() == CelConstant.Kind.STRING_VALUE
                  ? expr.constant().stringValue().length()
                  : 0);
      case IDENT -> ident(expr, bound);
      case LIST -> list(expr, bound, times);
      case COMPREHENSION -> comprehension(expr, bound, times);
      case CALL -> call(expr, bound, times);
      default -> throw tree.unsupported(expr);
    };
  }

  private Size ident(CelExpr expr, Map<String, Size> bound) {
    Size variable = bound.get(expr.ident().name());
    return variable != null ? variable : Size.text(isText(expr) ? Limits.COLUMN_CHARS : 0);
  }

  /** Whether it is or may be text: what only the CEL runtime knows may be. */
  private boolean isText(CelExpr expr) {
    Closure closure = compiled.get(expr.id());
    return closure == null || closure.isList() || closure.type() == ValueType.STRING;
  }

  private Size list(CelExpr expr, Map<String, Size> bound, long times) {
    long chars = 0;
    long total = 0;
    for (CelExpr element : expr.list().elements()) {
      Size size = size(element, bound, times);
      chars = Math.max(chars, size.chars());
      total = capped(total + size.chars());
    }
    return Size.list(chars, total, expr.list().elements().size());
  }

  private Size comprehension(CelExpr expr, Map<String, Size> bound, long times) {
    CelExpr.CelComprehension loop = expr.comprehension();
    Size range = size(loop.iterRange(), bound, times);
    long count = Math.max(1, Ranges.size(tree, loop.iterRange()));
    Map<String, Size> inner = new HashMap<>(bound);
    inner.put(loop.iterVar(), Size.text(range.chars()));
    inner.put(loop.accuVar(), Size.list(0, 0, 0));
    long each = times >= RUNTIME_FACTOR ? times : times * RUNTIME_FACTOR;
    each = capped(each * count);
    size(loop.loopCondition(), inner, each);
    Size step = size(loop.loopStep(), inner, each);
    return Size.list(step.chars(), step.total() * count, step.count() * count);
  }

  private Size call(CelExpr expr, Map<String, Size> bound, long times) {
    String name = tree.function(expr);
    Function function = Functions.named(name);
    boolean ofTheRuntime = function != null && function.isOfTheRuntime();
    long each = ofTheRuntime && times < RUNTIME_FACTOR ? RUNTIME_FACTOR : times;
    List<CelExpr> parts = tree.arguments(expr);
    List<Size> sizes = new ArrayList<>();
    long read = 0;
    for (CelExpr part : parts) {
      Size size = size(part, bound, each);
      sizes.add(size);
      read = capped(read + Math.max(size.chars(), size.total()));
    }
    if (asksForNull(name, parts)) {
      return result(expr, name, parts, sizes);
    }
    Size result = result(expr, name, parts, sizes);
    if (result.chars() > Limits.TEXT_CHARS || result.total() > Limits.TEXT_CHARS) {
      throw tree.error(
          expr,
          "this text may become "
              + Math.max(result.chars(), result.total())
              + " chars long, of columns of "
              + Limits.COLUMN_CHARS
              + ", and "
              + Limits.TEXT_CHARS
              + " are allowed");
    }
    long chars = capped(read + Math.max(result.chars(), result.total()));
    if (name.equals("matches") && parts.size() == 2) {
      chars = capped(chars * programSize(parts.get(1)));
    }
    spend(capped(each * (chars / CHARS_A_STEP)));
    return result;
  }

  /** What looks at no char of its arguments. */
  private static boolean asksForNull(String name, List<CelExpr> parts) {
    return name.equals("has")
        || name.equals("coalesce")
        || name.equals("_?_:_")
        || (SyntaxTree.COMPARISONS.containsKey(name)
            && parts.stream().anyMatch(Estimate::isNullLiteral));
  }

  private static boolean isNullLiteral(CelExpr expr) {
    return expr.getKind() == ExprKind.Kind.CONSTANT
        && expr.constant().getKind() == CelConstant.Kind.NULL_VALUE;
  }

  private static long programSize(CelExpr pattern) {
    return Math.max(1, Regex.compile(pattern.constant().stringValue()).programSize());
  }

  private Size result(CelExpr expr, String name, List<CelExpr> parts, List<Size> sizes) {
    if (!isText(expr)) {
      return Size.text(0);
    }
    Size first = sizes.isEmpty() ? Size.text(0) : sizes.get(0);
    return switch (name) {
      case "_+_" -> {
        Size second = sizes.get(1);
        yield first.count() + second.count() > 0
            ? Size.list(
                Math.max(first.chars(), second.chars()),
                first.total() + second.total(),
                first.count() + second.count())
            : Size.text(first.chars() + second.chars());
      }
      case "_?_:_" -> larger(sizes.get(1), sizes.get(2));
      case "coalesce" -> Size.text(sizes.stream().mapToLong(Size::chars).max().orElse(0));
      case "lower", "upper" -> Size.text(3 * first.chars());
      case "string" -> Size.text(Math.max(NUMBER_CHARS, first.chars()));
      case "replace" -> Size.text(replaced(parts, sizes));
      case "split" -> Size.list(first.chars(), first.chars(), Math.max(1, first.chars() + 1));
      case "join" ->
          Size.text(first.total() + first.count() * (sizes.size() > 1 ? sizes.get(1).chars() : 0));
      default -> first;
    };
  }

  private static Size larger(Size one, Size other) {
    return Size.list(
        Math.max(one.chars(), other.chars()),
        Math.max(one.total(), other.total()),
        Math.max(one.count(), other.count()));
  }

  /** Every char may be an occurrence of what is replaced, unless that is a longer literal. */
  private static long replaced(List<CelExpr> parts, List<Size> sizes) {
    long text = sizes.get(0).chars();
    boolean literal = parts.get(1).getKind() == ExprKind.Kind.CONSTANT;
    long occurrences = text / Math.max(1, literal ? sizes.get(1).chars() : 1) + 1;
    return capped(text + occurrences * sizes.get(2).chars());
  }

  private void spend(long cost) {
    steps = capped(steps + cost);
  }

  private static long capped(long value) {
    return Math.min(value, MOST);
  }
}
