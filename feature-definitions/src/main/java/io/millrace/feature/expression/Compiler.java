package io.millrace.feature.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Parses CEL, checks the tree against the columns, and compiles it; one expression each. */
final class Compiler {
  private static final int MAX_LENGTH = 4_096;
  private static final int MAX_DEPTH = 64;
  // No macros: has(x) of a column is ours, comprehensions are not supported.
  private static final CelParser PARSER = CelParserFactory.standardCelParserBuilder().build();
  private static final Map<String, String> COMPARISONS =
      Map.of("_==_", "==", "_!=_", "!=", "_<_", "<", "_<=_", "<=", "_>_", ">", "_>=_", ">=");
  private static final Map<String, Character> ARITHMETIC =
      Map.of("_+_", '+', "_-_", '-', "_*_", '*', "_/_", '/', "_%_", '%');

  private final String text;
  private final RowSchema schema;
  private Map<Long, Integer> positions = Map.of();

  Compiler(String text, RowSchema schema) {
    this.text = text;
    this.schema = schema;
  }

  Closure compile() {
    if (text.length() > MAX_LENGTH) {
      throw new ExpressionException(
          text, 0, "an expression has at most " + MAX_LENGTH + " chars, this has " + text.length());
    }
    try {
      CelAbstractSyntaxTree tree = PARSER.parse(text).getAst();
      positions = tree.getSource().getPositionsMap();
      Closure closure = compile(tree.getExpr(), 0);
      if (closure.isNullLiteral()) {
        throw error(tree.getExpr(), "the expression is always null");
      }
      return closure;
    } catch (CelValidationException e) {
      CelIssue issue = e.getErrors().get(0);
      throw new ExpressionException(
          text, Math.max(0, issue.getSourceLocation().getColumn()), issue.getMessage());
    }
  }

  private Closure compile(CelExpr expr, int depth) {
    if (depth > MAX_DEPTH) {
      throw error(expr, "the expression is nested deeper than " + MAX_DEPTH);
    }
    return switch (expr.getKind()) {
      case CONSTANT -> literal(expr);
      case IDENT -> column(expr);
      case CALL -> call(expr, depth + 1);
      default ->
          throw error(
              expr,
              "only columns, literals, operators and functions are supported: " + Functions.NAMES);
    };
  }

  private Closure literal(CelExpr expr) {
    CelConstant constant = expr.constant();
    return switch (constant.getKind()) {
      case INT64_VALUE -> Leaves.Literal.of(constant.int64Value());
      case DOUBLE_VALUE -> Leaves.Literal.of(constant.doubleValue());
      case BOOLEAN_VALUE -> Leaves.Literal.of(constant.booleanValue());
      case STRING_VALUE -> Leaves.Literal.of(constant.stringValue());
      case NULL_VALUE -> Leaves.Literal.ofNull();
      default ->
          throw error(expr, "a literal is an integer, a double, a text, true, false or null");
    };
  }

  private Closure column(CelExpr expr) {
    String name = expr.ident().name();
    OptionalInt index = schema.indexOf(name);
    if (index.isEmpty()) {
      String nearest = Nearest.of(name, schema.fields().stream().map(f -> f.name()).toList());
      throw error(
          expr,
          schema.name()
              + " has no column "
              + name
              + (nearest.isEmpty() ? "" : "; did you mean " + nearest + "?"));
    }
    return new Leaves.Column(index.getAsInt(), schema.field(index.getAsInt()).type());
  }

  private Closure call(CelExpr expr, int depth) {
    CelExpr.CelCall call = expr.call();
    String function = call.function();
    if (function.equals("@in")) {
      return in(expr, depth);
    }
    List<Closure> arguments = new ArrayList<>();
    call.target().ifPresent(target -> arguments.add(compile(target, depth)));
    for (CelExpr argument : call.args()) {
      arguments.add(compile(argument, depth));
    }
    if (COMPARISONS.containsKey(function)) {
      return comparison(expr, COMPARISONS.get(function), arguments.get(0), arguments.get(1));
    }
    if (ARITHMETIC.containsKey(function)) {
      return arithmetic(expr, ARITHMETIC.get(function), arguments.get(0), arguments.get(1));
    }
    return switch (function) {
      case "-_" -> {
        requireNumber(expr, arguments.get(0));
        yield Arithmetic.minus(arguments.get(0));
      }
      case "!_" -> Logic.not(requireBool(expr, arguments.get(0)));
      case "_&&_", "_||_" ->
          Logic.connect(
              requireBool(expr, arguments.get(0)),
              requireBool(expr, arguments.get(1)),
              function.equals("_||_"));
      case "_?_:_" -> choice(expr, arguments);
      case "has" -> {
        if (arguments.size() != 1) {
          throw error(expr, "has takes one column");
        }
        yield Logic.isNull(arguments.get(0), true);
      }
      default -> function(expr, function, arguments);
    };
  }

  private Closure function(CelExpr expr, String name, List<Closure> arguments) {
    Closure closure = Functions.of(name, arguments);
    if (closure == null) {
      throw error(
          expr,
          "there is no function "
              + name
              + " of "
              + arguments.stream().map(Compiler::typeName).toList()
              + "; there are "
              + Functions.NAMES);
    }
    return closure;
  }

  private Closure comparison(CelExpr expr, String operator, Closure left, Closure right) {
    boolean equality = operator.equals("==") || operator.equals("!=");
    if (equality && (left.isNullLiteral() || right.isNullLiteral())) {
      return Logic.isNull(left.isNullLiteral() ? right : left, operator.equals("!="));
    }
    if (!comparable(left, right)) {
      throw error(
          expr,
          typeName(left) + " " + operator + " " + typeName(right) + " compares different types");
    }
    return Logic.compare(operator, left, right);
  }

  private static boolean comparable(Closure left, Closure right) {
    return (left.isNumber() && right.isNumber())
        || (left.type() == right.type() && !left.isNullLiteral());
  }

  private Closure arithmetic(CelExpr expr, char operator, Closure left, Closure right) {
    requireNumber(expr, left);
    requireNumber(expr, right);
    return Arithmetic.of(operator, left, right);
  }

  private Closure choice(CelExpr expr, List<Closure> arguments) {
    Closure condition = requireBool(expr, arguments.get(0));
    Closure one = arguments.get(1);
    Closure other = arguments.get(2);
    ValueType type;
    if (one.isNullLiteral() || other.isNullLiteral()) {
      type = one.isNullLiteral() ? other.type() : one.type();
    } else if (one.type() == other.type()) {
      type = one.type();
    } else if (one.isInteger() && other.isInteger()) {
      type = ValueType.INT64;
    } else if (one.isNumber() && other.isNumber()) {
      type = ValueType.FLOAT64;
    } else {
      throw error(
          expr,
          "a choice is between values of one type, not "
              + typeName(one)
              + " and "
              + typeName(other));
    }
    return Logic.choose(type, condition, one, other);
  }

  private Closure in(CelExpr expr, int depth) {
    List<CelExpr> sides = expr.call().args();
    if (sides.get(1).getKind() != CelExpr.ExprKind.Kind.LIST) {
      throw error(expr, "in takes a list of literals, such as carrier in ['UA', 'AA']");
    }
    Closure operand = compile(sides.get(0), depth);
    List<Closure> equalities = new ArrayList<>();
    for (CelExpr element : sides.get(1).list().elements()) {
      if (element.getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
        throw error(element, "in takes a list of literals");
      }
      equalities.add(comparison(element, "==", operand, literal(element)));
    }
    return Logic.in(operand, List.copyOf(equalities));
  }

  private void requireNumber(CelExpr expr, Closure operand) {
    if (!operand.isNumber()) {
      throw error(expr, "arithmetic needs numbers, but this is " + typeName(operand));
    }
  }

  private Closure requireBool(CelExpr expr, Closure operand) {
    if (operand.type() != ValueType.BOOL) {
      throw error(expr, "a condition is BOOL, but this is " + typeName(operand));
    }
    return operand;
  }

  private static String typeName(Closure closure) {
    return closure.isNullLiteral() ? "null" : closure.type().name();
  }

  private ExpressionException error(CelExpr expr, String message) {
    return new ExpressionException(text, positions.getOrDefault(expr.id(), 0), message);
  }
}
