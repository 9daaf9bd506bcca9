package io.millrace.feature.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSource;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parsed text of one expression, within the {@link Limits} of size, and where in the text each
 * part of it stands.
 */
final class SyntaxTree {
  static final Map<String, String> COMPARISONS =
      Map.of("_==_", "==", "_!=_", "!=", "_<_", "<", "_<=_", "<=", "_>_", ">", "_>=_", ">=");
  static final Map<String, Character> ARITHMETIC =
      Map.of("_+_", '+', "_-_", '-', "_*_", '*', "_/_", '/', "_%_", '%');
  // The last is what CEL makes of all and exists.
  private static final Set<String> OTHER_OPERATORS =
      Set.of("-_", "!_", "_&&_", "_||_", "_?_:_", "@in", "_[_]", "@not_strictly_false");

  private static final int PARSER_DEPTH = 2 * Limits.DEPTH;
  // has(x) of a column is ours and no macro.
  private static final CelParser PARSER =
      CelParserFactory.standardCelParserBuilder()
          // Nesting has counted already; this is for what it and the parser might read differently.
          .setOptions(CelOptions.current().maxParseRecursionDepth(PARSER_DEPTH).build())
          .setStandardMacros(
              CelStandardMacro.ALL,
              CelStandardMacro.EXISTS,
              CelStandardMacro.EXISTS_ONE,
              CelStandardMacro.MAP,
              CelStandardMacro.MAP_FILTER,
              CelStandardMacro.FILTER)
          .build();
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
  private final CelSource source;
  private final Map<Long, Integer> positions;
  private int nodes;

  /**
   * @throws ExpressionException if the text does not parse or is too large
   */
  SyntaxTree(String text) {
    this.text = text;
    if (text.length() > Limits.CHARS) {
      throw new ExpressionException(
          text,
          0,
          "an expression has at most " + Limits.CHARS + " chars, this has " + text.length());
    }
    if (text.isBlank()) {
      throw new ExpressionException(
          text, 0, "the expression is empty; write one such as delay_min >= 15");
    }
    Nesting.check(text);
    try {
      CelAbstractSyntaxTree tree = PARSER.parse(text).getAst();
      root = tree.getExpr();
      source = tree.getSource();
      positions = source.getPositionsMap();
    } catch (CelValidationException e) {
      throw issue(e, "this is no expression: ");
    }
    checkSize(root, 0);
  }

  CelExpr root() {
    return root;
  }

  CelSource source() {
    return source;
  }

  /** The name of what a call calls, {@code math.abs} as one name. */
  String function(CelExpr expr) {
    String name = expr.call().function();
    return isMath(expr) ? "math." + name : name;
  }

  /** A call's arguments, its target the first of them. */
  List<CelExpr> arguments(CelExpr expr) {
    List<CelExpr> arguments = new ArrayList<>();
    if (!isMath(expr)) {
      expr.call().target().ifPresent(arguments::add);
    }
    arguments.addAll(expr.call().args());
    return arguments;
  }

  private static boolean isMath(CelExpr call) {
    return call.call().target().isPresent()
        && call.call().target().get().getKind() == ExprKind.Kind.IDENT
        && call.call().target().get().ident().name().equals("math");
  }

  /** The parts right below one. */
  List<CelExpr> children(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT, IDENT -> List.of();
      case LIST -> expr.list().elements();
      case CALL -> arguments(expr);
      case COMPREHENSION ->
          List.of(
              expr.comprehension().iterRange(),
              expr.comprehension().accuInit(),
              expr.comprehension().loopCondition(),
              expr.comprehension().loopStep(),
              expr.comprehension().result());
      default -> throw unsupported(expr);
    };
  }

  private void checkSize(CelExpr expr, int depth) {
    if (depth > Limits.DEPTH) {
      throw error(expr, "the expression is nested deeper than " + Limits.DEPTH);
    }
    if (++nodes > Limits.NODES) {
      throw error(
          expr,
          "the expression has more than "
              + Limits.NODES
              + " columns, literals, operators and calls; split it into several");
    }
    if (expr.getKind() == ExprKind.Kind.LIST && expr.list().elements().size() > Limits.LIST) {
      throw error(
          expr,
          "a list has at most "
              + Limits.LIST
              + " elements, this has "
              + expr.list().elements().size());
    }
    for (CelExpr child : children(expr)) {
      checkSize(child, depth + 1);
    }
  }

  /** Refuses functions that do not exist, patterns and runs that are too large. */
  void checkFunctions() {
    checkFunctions(root);
  }

  private void checkFunctions(CelExpr expr) {
    if (expr.getKind() == ExprKind.Kind.CALL) {
      String function = function(expr);
      if (!isOperator(function) && Functions.named(function) == null) {
        throw noFunction(expr, function, "");
      }
      checkPattern(expr, function);
    } else if (expr.getKind() == ExprKind.Kind.COMPREHENSION) {
      Ranges.require(this, expr.comprehension().iterRange());
    }
    children(expr).forEach(this::checkFunctions);
  }

  private void checkPattern(CelExpr expr, String function) {
    List<CelExpr> arguments = arguments(expr);
    if (function.equals("matches")
        && arguments.size() == 2
        && arguments.get(1).getKind() == ExprKind.Kind.CONSTANT
        && arguments.get(1).constant().getKind() == CelConstant.Kind.STRING_VALUE) {
      try {
        Regex.compile(arguments.get(1).constant().stringValue());
      } catch (IllegalArgumentException e) {
        throw error(expr, e.getMessage());
      }
    }
  }

  static boolean isOperator(String function) {
    return COMPARISONS.containsKey(function)
        || ARITHMETIC.containsKey(function)
        || OTHER_OPERATORS.contains(function);
  }

  ExpressionException unsupported(CelExpr expr) {
    return error(
        expr,
        "only columns, literals, operators and functions are supported; the functions are "
            + String.join(", ", Functions.names()));
  }

  /**
   * @param arguments the types it was called with, or empty text if they are not known
   */
  ExpressionException noFunction(CelExpr expr, String function, String arguments) {
    boolean known = Functions.named(function) != null;
    String nearest = known ? "" : Nearest.of(function, Functions.names());
    return error(
        expr,
        "there is no function "
            + function
            + (arguments.isEmpty() ? "" : " of " + arguments)
            + (known
                ? "; there is " + ExpressionsPage.signatures(Functions.named(function))
                : nearest.isEmpty()
                    ? "; there are " + String.join(", ", Functions.names())
                    : "; did you mean " + nearest + "?"));
  }

  ExpressionException error(CelExpr expr, String message) {
    return new ExpressionException(text, offset(positions.getOrDefault(expr.id(), 0)), message);
  }

  /** The first of CEL's own complaints. */
  ExpressionException issue(CelValidationException e, String prefix) {
    CelIssue issue = e.getErrors().get(0);
    if (issue.getMessage().contains("recursion limit")) {
      return new ExpressionException(
          text, 0, "the expression is nested deeper than " + Limits.DEPTH);
    }
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
    return new ExpressionException(text, at, prefix + message + hint);
  }

  /** CEL counts code points. */
  private int offset(int codePoints) {
    return text.offsetByCodePoints(0, Math.min(codePoints, text.codePointCount(0, text.length())));
  }
}
