package io.millrace.feature.expression;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Checks a parsed expression against the columns and compiles it; one expression each. CEL's own
 * checker is not used for what closures run: it refuses an integer beside a double, which users
 * write all the time, and knows nothing of our null. Parts with lists go to {@link RuntimePart}.
 */
final class Compiler {
  private final RowSchema schema;
  private final SyntaxTree tree;
  // A part may be asked for twice, by itself and by a part around it that the CEL runtime runs.
  private final Map<Long, Closure> compiled = new HashMap<>();

  Compiler(String text, RowSchema schema) {
    this.schema = schema;
    this.tree = new SyntaxTree(text);
  }

  Closure compile() {
    Closure closure = compile(tree.root());
    if (closure.isNullLiteral()) {
      throw tree.error(tree.root(), "the expression is always null; name a column or a value");
    }
    if (closure.isList()) {
      throw tree.error(
          tree.root(), "the expression is a list; take one element, such as [0], or its size");
    }
    return closure;
  }

  /** As {@link #compile()}, but with all that the CEL runtime can run run by it. */
  Closure compileForTheRuntime() {
    compile();
    return RuntimePart.ofAll(this, tree.root());
  }

  /** Steps of one evaluation, as estimated; call it after {@link #compile()}. */
  long cost() {
    return new Estimate(tree, compiled).ofRoot();
  }

  SyntaxTree tree() {
    return tree;
  }

  boolean hasColumn(String name) {
    return schema.indexOf(name).isPresent();
  }

  Closure compile(CelExpr expr) {
    Closure closure = compiled.get(expr.id());
    if (closure == null) {
      closure = compileAnew(expr);
      compiled.put(expr.id(), closure);
    }
    return closure;
  }

  private Closure compileAnew(CelExpr expr) {
    return switch (expr.getKind()) {
      case CONSTANT -> literal(expr);
      case IDENT -> column(expr);
      case CALL -> call(expr);
      case LIST -> list(expr);
      case COMPREHENSION ->
          expr.comprehension().accuInit().getKind() == ExprKind.Kind.LIST
              ? Closure.list(null)
              : RuntimePart.of(this, expr);
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

  /** Lists and maps of columns may be passed on, chosen between and asked for null. */
  private void requireNoObjects(
      CelExpr expr, String function, List<CelExpr> parts, List<Closure> arguments) {
    boolean passedOn = Set.of("has", "coalesce", "_?_:_").contains(function);
    boolean nullTest =
        Set.of("_==_", "_!=_").contains(function)
            && arguments.stream().anyMatch(Closure::isNullLiteral);
    for (int i = 0; i < arguments.size() && !passedOn && !nullTest; i++) {
      if (arguments.get(i).isObject()) {
        throw tree.error(parts.get(i), noObjects(arguments.get(i)));
      }
    }
  }

  static String noObjects(Closure closure) {
    return "there is no expression over lists and maps, and this is "
        + closure.typeName()
        + "; a column of them stands by itself, in has(), coalesce() or a choice";
  }

  private Closure list(CelExpr expr) {
    List<Closure> literals = new ArrayList<>();
    for (CelExpr element : expr.list().elements()) {
      if (element.getKind() != ExprKind.Kind.CONSTANT) {
        return Closure.list(null);
      }
      Closure literal = literal(element);
      if (literal.isNullLiteral()) {
        throw tree.error(element, "null is in no list; ask for it with == null");
      }
      literals.add(literal);
    }
    return Closure.list(literals);
  }

  private Closure call(CelExpr expr) {
    String function = tree.function(expr);
    List<CelExpr> parts = tree.arguments(expr);
    List<Closure> arguments = new ArrayList<>();
    for (CelExpr part : parts) {
      arguments.add(compile(part));
    }
    requireNoObjects(expr, function, parts, arguments);
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
      case "@in" -> in(expr, parts, arguments);
      case "_[_]" -> element(expr, parts, arguments);
      default -> function(expr, function, arguments);
    };
  }

  private Closure function(CelExpr expr, String name, List<Closure> arguments) {
    Function function = Functions.named(name);
    boolean lists = arguments.stream().anyMatch(Closure::isList);
    if (function != null && function.isOfTheRuntime()) {
      return name.equals("split") ? Closure.list(null) : RuntimePart.of(this, expr);
    }
    if (lists && name.equals("size") && arguments.size() == 1) {
      return RuntimePart.of(this, expr);
    }
    if (name.equals("has") && arguments.size() != 1) {
      throw tree.error(expr, "has takes one column, such as has(tail_num)");
    }
    Closure closure;
    try {
      closure = function == null ? null : function.call(arguments);
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
    boolean lists = left.isList() || right.isList();
    if (equality && !lists && (left.isNullLiteral() || right.isNullLiteral())) {
      return Logic.isNull(left.isNullLiteral() ? right : left, operator.equals("!="));
    }
    requireComparable(expr, operator, left, right);
    return Logic.compare(operator, left, right);
  }

  private void requireComparable(CelExpr expr, String operator, Closure left, Closure right) {
    if (left.isList() || right.isList()) {
      throw tree.error(expr, "lists are not compared; compare their elements or their sizes");
    }
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
    if (one.isList() || other.isList()) {
      throw tree.error(expr, "a choice is between values, not lists");
    } else if (one.isNullLiteral() || other.isNullLiteral()) {
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

  private Closure in(CelExpr expr, List<CelExpr> parts, List<Closure> sides) {
    Closure operand = sides.get(0);
    if (!sides.get(1).isList()) {
      throw tree.error(expr, "in takes a list of literals, such as carrier in ['UA', 'AA']");
    }
    if (operand.isNullLiteral()) {
      throw tree.error(expr, "null is in no list; ask for it with == null");
    }
    List<Closure> literals = sides.get(1).literals();
    if (literals == null) {
      return RuntimePart.of(this, expr);
    }
    for (int i = 0; i < literals.size(); i++) {
      requireComparable(parts.get(1).list().elements().get(i), "in", operand, literals.get(i));
    }
    return Logic.in(operand, literals);
  }

  /** {@code list[n]}; of a split the part is found without making the list. */
  private Closure element(CelExpr expr, List<CelExpr> parts, List<Closure> sides) {
    if (!sides.get(0).isList() || !sides.get(1).isInteger()) {
      throw tree.error(
          expr,
          "only a list has elements, by an integer from 0 on, such as code.split('-')[0]; this is "
              + sides.get(0).typeName()
              + "["
              + sides.get(1).typeName()
              + "]");
    }
    CelExpr list = parts.get(0);
    if (list.getKind() == ExprKind.Kind.CALL && tree.function(list).equals("split")) {
      List<Closure> split = tree.arguments(list).stream().map(this::compile).toList();
      if (split.size() == 2 && split.stream().allMatch(part -> part.type() == ValueType.STRING)) {
        return Slices.part(split.get(0), split.get(1), sides.get(1));
      }
    }
    return RuntimePart.of(this, expr);
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
