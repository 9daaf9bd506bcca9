package io.millrace.feature.expression;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Checks a parsed expression against the columns and compiles it; one expression each. CEL's own
 * checker is not used: it refuses an integer beside a double, which users write all the time, and
 * knows nothing of our null.
 */
final class Compiler {
  private final String text;
  private final RowSchema schema;
  private final SyntaxTree tree;

  Compiler(String text, RowSchema schema) {
    this.text = text;
    this.schema = schema;
    this.tree = new SyntaxTree(text);
  }

  Closure compile() {
    Closure closure = compile(tree.root(), 0);
    if (closure.isNullLiteral()) {
      throw new ExpressionException(
          text, 0, "the expression is always null; name a column or a value");
    }
    return closure;
  }

  private Closure compile(CelExpr expr, int depth) {
    tree.requireShallow(expr, depth);
    return switch (expr.getKind()) {
      case CONSTANT -> literal(expr);
      case IDENT -> column(expr);
      case CALL -> call(expr, depth + 1);
      default -> throw tree.unsupported(expr);
    };
  }

  private Closure literal(CelExpr expr) {
    CelConstant constant = expr.constant();
    return switch (constant.getKind()) {
      case INT64_VALUE -> Leaves.literal(constant.int64Value());
      case DOUBLE_VALUE -> Leaves.literal(constant.doubleValue());
      case BOOLEAN_VALUE -> Leaves.literal(constant.booleanValue());
      case STRING_VALUE -> Leaves.literal(constant.stringValue());
      case NULL_VALUE -> Leaves.nullLiteral();
      default ->
          throw tree.error(expr, "a literal is an integer, a double, a text, true, false or null");
    };
  }

  private Closure column(CelExpr expr) {
    String name = expr.ident().name();
    OptionalInt index = schema.indexOf(name);
    if (index.isEmpty()) {
      List<String> known = schema.fields().stream().map(Field::name).toList();
      String nearest = Nearest.of(name, known);
      throw tree.error(
          expr,
          schema.name()
              + " has no column "
              + name
              + (nearest.isEmpty()
                  ? "; it has " + String.join(", ", known)
                  : "; did you mean " + nearest + "?"));
    }
    return Leaves.column(index.getAsInt(), schema.field(index.getAsInt()).type());
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
    if (SyntaxTree.COMPARISONS.containsKey(function)) {
      return comparison(
          expr, SyntaxTree.COMPARISONS.get(function), arguments.get(0), arguments.get(1));
    }
    if (SyntaxTree.ARITHMETIC.containsKey(function)) {
      return arithmetic(
          expr, SyntaxTree.ARITHMETIC.get(function), arguments.get(0), arguments.get(1));
    }
    return switch (function) {
      case "-_" -> Arithmetic.minus(requireNumber(expr, arguments.get(0)));
      case "!_" -> Logic.not(requireBool(expr, arguments.get(0)));
      case "_&&_", "_||_" ->
          Logic.connect(
              requireBool(expr, arguments.get(0)),
              requireBool(expr, arguments.get(1)),
              function.equals("_||_"));
      case "_?_:_" -> choice(expr, arguments);
      case "has" -> {
        if (arguments.size() != 1) {
          throw tree.error(expr, "has takes one column, such as has(tail_num)");
        }
        yield Logic.isNull(arguments.get(0), true);
      }
      default -> function(expr, function, arguments);
    };
  }

  private Closure function(CelExpr expr, String name, List<Closure> arguments) {
    Closure closure;
    try {
      closure = Functions.of(name, arguments);
    } catch (IllegalArgumentException e) {
      throw tree.error(expr, e.getMessage());
    }
    if (closure == null) {
      throw tree.noFunction(
          expr, name, arguments.stream().map(Closure::typeName).toList().toString());
    }
    return closure;
  }

  private Closure comparison(CelExpr expr, String operator, Closure left, Closure right) {
    boolean equality = operator.equals("==") || operator.equals("!=");
    if (equality && (left.isNullLiteral() || right.isNullLiteral())) {
      return Logic.isNull(left.isNullLiteral() ? right : left, operator.equals("!="));
    }
    requireComparable(expr, operator, left, right);
    return Logic.compare(operator, left, right);
  }

  private void requireComparable(CelExpr expr, String operator, Closure left, Closure right) {
    boolean numbers = left.isNumber() && right.isNumber();
    if (!numbers && (left.type() != right.type() || left.isNullLiteral())) {
      throw tree.error(
          expr,
          left.typeName()
              + " "
              + operator
              + " "
              + right.typeName()
              + " compares different types; convert one with int(), double() or string()");
    }
  }

  private Closure arithmetic(CelExpr expr, char operator, Closure left, Closure right) {
    if (operator == '+' && left.type() == ValueType.STRING && right.type() == ValueType.STRING) {
      return TextFunctions.concatenation(left, right);
    }
    return Arithmetic.of(operator, requireNumber(expr, left), requireNumber(expr, right));
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
      throw tree.error(
          expr,
          "a choice is between values of one type, not "
              + one.typeName()
              + " and "
              + other.typeName());
    }
    return Logic.choose(type, condition, one, other);
  }

  private Closure in(CelExpr expr, int depth) {
    List<CelExpr> sides = expr.call().args();
    if (sides.get(1).getKind() != CelExpr.ExprKind.Kind.LIST) {
      throw tree.error(expr, "in takes a list of literals, such as carrier in ['UA', 'AA']");
    }
    Closure operand = compile(sides.get(0), depth);
    if (operand.isNullLiteral()) {
      throw tree.error(expr, "null is in no list; ask for it with == null");
    }
    List<Closure> literals = new ArrayList<>();
    for (CelExpr element : sides.get(1).list().elements()) {
      if (element.getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
        throw tree.error(element, "in takes a list of literals");
      }
      Closure literal = literal(element);
      if (literal.isNullLiteral()) {
        throw tree.error(element, "null is in no list; ask for it with == null");
      }
      requireComparable(element, "in", operand, literal);
      literals.add(literal);
    }
    return Logic.in(operand, literals);
  }

  private Closure requireNumber(CelExpr expr, Closure operand) {
    if (!operand.isNumber()) {
      throw tree.error(expr, "arithmetic needs numbers, but this is " + operand.typeName());
    }
    return operand;
  }

  private Closure requireBool(CelExpr expr, Closure operand) {
    if (operand.type() != ValueType.BOOL) {
      throw tree.error(expr, "a condition is BOOL, but this is " + operand.typeName());
    }
    return operand;
  }
}
