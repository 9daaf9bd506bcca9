package io.millrace.feature.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import java.util.Map;
import java.util.Set;

/** The parsed text of one expression, and where in the text each part of it stands. */
final class SyntaxTree {
  static final Map<String, String> COMPARISONS =
      Map.of("_==_", "==", "_!=_", "!=", "_<_", "<", "_<=_", "<=", "_>_", ">", "_>=_", ">=");
  static final Map<String, Character> ARITHMETIC =
      Map.of("_+_", '+', "_-_", '-', "_*_", '*', "_/_", '/', "_%_", '%');
  private static final Set<String> OTHER_OPERATORS =
      Set.of("-_", "!_", "_&&_", "_||_", "_?_:_", "@in");

  private static final int MAX_LENGTH = 4_096;
  private static final int MAX_DEPTH = 64;
  // No macros: has(x) of a column is ours, comprehensions are not supported.
  private static final CelParser PARSER = CelParserFactory.standardCelParserBuilder().build();
  // What people who know SQL, Python or C write, and what CEL has in its place.
  private static final Map<String, String> HINTS =
      Map.of(
          "token recognition error at: '=", "; equality is written ==",
          "mismatched input 'and'", "; and is written &&",
          "mismatched input 'or'", "; or is written ||",
          "mismatched input 'is'", "; a column is compared with null by == null or has(column)",
          "extraneous input 'not'", "; not is written !");

  private final String text;
  private final CelExpr root;
  private final Map<Long, Integer> positions;

  /**
   * @throws ExpressionException if the text does not parse
   */
  SyntaxTree(String text) {
    this.text = text;
    if (text.length() > MAX_LENGTH) {
      throw new ExpressionException(
          text, 0, "an expression has at most " + MAX_LENGTH + " chars, this has " + text.length());
    }
    if (text.isBlank()) {
      throw new ExpressionException(
          text, 0, "the expression is empty; write one such as delay_min >= 15");
    }
    try {
      CelAbstractSyntaxTree tree = PARSER.parse(text).getAst();
      root = tree.getExpr();
      positions = tree.getSource().getPositionsMap();
    } catch (CelValidationException e) {
      throw syntaxError(e);
    }
  }

  CelExpr root() {
    return root;
  }

  /** Refuses functions that do not exist, and parts that no expression may have. */
  void checkFunctions() {
    checkFunctions(root, 0);
  }

  private void checkFunctions(CelExpr expr, int depth) {
    requireShallow(expr, depth);
    switch (expr.getKind()) {
      case CONSTANT, IDENT -> {}
      case LIST -> expr.list().elements().forEach(e -> checkFunctions(e, depth + 1));
      case CALL -> {
        String function = expr.call().function();
        if (!isOperator(function) && !Functions.names().contains(function)) {
          throw noFunction(expr, function, "");
        }
        expr.call().target().ifPresent(target -> checkFunctions(target, depth + 1));
        expr.call().args().forEach(argument -> checkFunctions(argument, depth + 1));
      }
      default -> throw unsupported(expr);
    }
  }

  private static boolean isOperator(String function) {
    return COMPARISONS.containsKey(function)
        || ARITHMETIC.containsKey(function)
        || OTHER_OPERATORS.contains(function);
  }

  void requireShallow(CelExpr expr, int depth) {
    if (depth > MAX_DEPTH) {
      throw error(expr, "the expression is nested deeper than " + MAX_DEPTH);
    }
  }

  ExpressionException unsupported(CelExpr expr) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.SELECT
        && expr.select().operand().getKind() == CelExpr.ExprKind.Kind.IDENT) {
      String of = expr.select().operand().ident().name();
      String field = expr.select().field();
      return error(
          expr.select().operand(),
          "there is no " + of + "." + field + "; a view's value is written " + of + "__" + field);
    }
    return error(
        expr,
        "only columns, literals, operators and functions are supported; the functions are "
            + String.join(", ", Functions.names()));
  }

  /**
   * @param arguments the types it was called with, or empty text if they are not known
   */
  ExpressionException noFunction(CelExpr expr, String function, String arguments) {
    boolean known = Functions.names().contains(function);
    String nearest = known ? "" : Nearest.of(function, Functions.names());
    return error(
        expr,
        "there is no function "
            + function
            + (arguments.isEmpty() ? "" : " of " + arguments)
            + (nearest.isEmpty()
                ? "; there are " + String.join(", ", Functions.names())
                : "; did you mean " + nearest + "?"));
  }

  ExpressionException error(CelExpr expr, String message) {
    return new ExpressionException(text, offset(positions.getOrDefault(expr.id(), 0)), message);
  }

  private ExpressionException syntaxError(CelValidationException e) {
    CelIssue issue = e.getErrors().get(0);
    int offset = 0;
    for (int line = 1; line < issue.getSourceLocation().getLine(); line++) {
      offset = text.indexOf('\n', offset) + 1;
    }
    int column = Math.max(0, issue.getSourceLocation().getColumn());
    int left = text.codePointCount(offset, text.length());
    int at = text.offsetByCodePoints(offset, Math.min(column, left));
    // The parser lists every token that might follow; nobody reads that.
    String message = issue.getMessage().replaceFirst("(?s) expecting \\{.*", "");
    String hint =
        HINTS.entrySet().stream()
            .filter(h -> message.startsWith(h.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("");
    return new ExpressionException(text, at, "this is no expression: " + message + hint);
  }

  /** CEL counts code points. */
  private int offset(int codePoints) {
    return text.offsetByCodePoints(0, Math.min(codePoints, text.codePointCount(0, text.length())));
  }
}
