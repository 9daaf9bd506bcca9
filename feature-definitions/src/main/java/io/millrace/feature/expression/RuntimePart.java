package io.millrace.feature.expression;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A part of an expression that closures cannot run, since it has lists, and that is run by CEL's
 * own runtime. What stands below it and is no list is a closure still, and the runtime asks for its
 * value as for a variable's; a null is unknown there, so that CEL's rules for unknowns and errors
 * become the rules of {@link Expression} for null. The functions are those of {@link Functions},
 * not CEL's.
 *
 * <pre>
 * delay > 3 && code.split('-').exists(p, lower(p) == 'x')
 * closures:    delay > 3 && @,  code
 * CEL runtime: @p0.split('-').exists(p, fn_lower(p) == 'x')
 * </pre>
 */
final class RuntimePart {
  private static final Map<CelType, ValueType> VALUE_TYPES =
      Map.of(
          SimpleType.INT, ValueType.INT64,
          SimpleType.DOUBLE, ValueType.FLOAT64,
          SimpleType.STRING, ValueType.STRING,
          SimpleType.BOOL, ValueType.BOOL);
  // These keep their place before the dot; CEL knows them as members only.
  private static final Set<String> MEMBERS = Set.of("split", "join", "reverse", "matches");

  private final Compiler compiler;
  private final SyntaxTree tree;
  private final CelExpr root;
  private final boolean all;
  private final List<Closure> pieces = new ArrayList<>();
  private final Set<Long> ids = new HashSet<>();
  private long nextId = 1_000_000;

  private RuntimePart(Compiler compiler, CelExpr root, boolean all) {
    this.compiler = compiler;
    this.tree = compiler.tree();
    this.root = root;
    this.all = all;
  }

  /**
   * The part with as little as possible run by the CEL runtime.
   *
   * @throws ExpressionException if CEL's checker refuses it, or it runs over too much
   */
  static Closure of(Compiler compiler, CelExpr root) {
    return new RuntimePart(compiler, root, false).closure();
  }

  /** The part with as much as possible run by the CEL runtime, for tests. */
  static Closure ofAll(Compiler compiler, CelExpr root) {
    return RuntimeEnvironment.runs(compiler.tree(), root, compiler)
        ? new RuntimePart(compiler, root, true).closure()
        : compiler.compile(root);
  }

  private Closure closure() {
    CelExpr rewritten = rewritten(root, Set.of());
    CelCompilerBuilder environment = RuntimeEnvironment.COMPILER.toCompilerBuilder();
    for (int i = 0; i < pieces.size(); i++) {
      environment.addVar("@p" + i, RuntimeEnvironment.celType(pieces.get(i).kind()));
    }
    CelRuntime.Program program;
    ValueType type;
    try {
      CelAbstractSyntaxTree checked =
          environment
              .build()
              .check(CelAbstractSyntaxTree.newParsedAst(rewritten, tree.source()))
              .getAst();
      type = VALUE_TYPES.get(checked.getResultType());
      if (type == null) {
        throw tree.error(
            root,
            "the value is "
                + checked.getResultType().name()
                + ", whose type is not known before it is run; convert it with int(), double() or"
                + " string()");
      }
      program = RuntimeEnvironment.RUNTIME.createProgram(checked);
    } catch (CelValidationException e) {
      throw tree.issue(e, "");
    } catch (CelEvaluationException e) {
      throw tree.error(root, "the CEL runtime refuses this: " + e.getMessage());
    }
    Closure[] read = pieces.toArray(Closure[]::new);
    return Closure.of(type, (row, cell) -> evaluate(program, read, row, cell));
  }

  private static boolean evaluate(CelRuntime.Program program, Closure[] read, Row row, Cell cell) {
    try {
      return put(program.eval(new PieceValues(read, row)), cell);
    } catch (CelEvaluationException e) {
      return false;
    }
  }

  static boolean put(Object value, Cell cell) {
    if (value instanceof Long number) {
      cell.number = number;
    } else if (value instanceof Double real) {
      cell.real = real;
    } else if (value instanceof Boolean bool) {
      cell.number = bool ? 1 : 0;
    } else if (value instanceof String text) {
      cell.text = text;
    } else {
      return false;
    }
    return true;
  }

  /**
   * @param bound the variables of the comprehensions around
   */
  private CelExpr rewritten(CelExpr expr, Set<String> bound) {
    if (expr.getKind() == ExprKind.Kind.CONSTANT) {
      return constant(expr);
    }
    boolean free = !names(expr, bound);
    if (free && expr != root || expr.getKind() == ExprKind.Kind.IDENT && free) {
      Closure closure = compiler.compile(expr);
      boolean stays = closure.isList() || (all && RuntimeEnvironment.runs(tree, expr, compiler));
      if (closure.isObject()) {
        throw tree.error(expr, Compiler.noObjects(closure));
      }
      if (!stays) {
        return piece(closure);
      }
    }
    return switch (expr.getKind()) {
      case IDENT -> expr;
      case LIST ->
          expr.toBuilder()
              .setList(
                  CelExpr.CelList.newBuilder()
                      .addElements(
                          expr.list().elements().stream().map(e -> rewritten(e, bound)).toList())
                      .build())
              .build();
      case COMPREHENSION -> comprehension(expr, bound);
      case CALL -> call(expr, bound, free);
      default -> throw tree.unsupported(expr);
    };
  }

  private CelExpr constant(CelExpr expr) {
    if (expr.constant().getKind() == CelConstant.Kind.NULL_VALUE) {
      throw tree.error(expr, "null cannot stand here; ask for it outside with == null or has()");
    }
    // Refuses the kinds that closures have not.
    compiler.compile(expr);
    return expr;
  }

  private CelExpr piece(Closure closure) {
    pieces.add(closure);
    return CelExpr.ofIdent(nextId++, "@p" + (pieces.size() - 1));
  }

  private CelExpr comprehension(CelExpr expr, Set<String> bound) {
    CelExpr.CelComprehension loop = expr.comprehension();
    Ranges.require(tree, loop.iterRange());
    if (compiler.hasColumn(loop.iterVar())) {
      throw tree.error(
          expr, loop.iterVar() + " is a column; give the variable of the list another name");
    }
    Set<String> inner = new TreeSet<>(bound);
    inner.add(loop.iterVar());
    inner.add(loop.accuVar());
    return CelExpr.ofComprehension(
        expr.id(),
        loop.iterVar(),
        rewritten(loop.iterRange(), bound),
        loop.accuVar(),
        rewritten(loop.accuInit(), inner),
        rewritten(loop.loopCondition(), inner),
        rewritten(loop.loopStep(), inner),
        rewritten(loop.result(), inner));
  }

  private CelExpr call(CelExpr expr, Set<String> bound, boolean free) {
    String name = tree.function(expr);
    List<CelExpr> parts = tree.arguments(expr);
    List<CelExpr> arguments =
        new ArrayList<>(parts.stream().map(p -> rewritten(p, bound)).toList());
    if (free && all) {
      RuntimeEnvironment.widen(compiler, expr, parts, arguments, () -> nextId++);
    }
    String comparison = SyntaxTree.COMPARISONS.getOrDefault(name, "");
    if (RuntimeEnvironment.ORDERS.contains(comparison)) {
      return global(expr, comparison, arguments);
    }
    if (SyntaxTree.isOperator(name) || name.startsWith("math.bit")) {
      return global(expr, name, arguments);
    }
    Function function = Functions.named(name);
    if (function == null) {
      throw tree.noFunction(expr, name, "");
    }
    if (name.equals("size") && isList(parts.get(0))) {
      return global(expr, name, arguments);
    }
    if (MEMBERS.contains(name)) {
      if (name.equals("matches")) {
        requirePattern(expr, parts);
      }
      return expr.toBuilder()
          .setCall(
              CelExpr.CelCall.newBuilder()
                  .setTarget(arguments.get(0))
                  .setFunction(name)
                  .addArgs(arguments.subList(1, arguments.size()))
                  .build())
          .build();
    }
    if (!RuntimeEnvironment.has(function)) {
      throw tree.error(
          expr, name + " cannot be used on the variable of all, exists, map and filter");
    }
    CelExpr folded = arguments.get(0);
    if (!RuntimeEnvironment.isVariadic(function)) {
      return global(expr, RuntimeEnvironment.name(function), arguments);
    }
    for (CelExpr argument : arguments.subList(1, arguments.size())) {
      folded = global(expr, RuntimeEnvironment.name(function), List.of(folded, argument));
    }
    return folded;
  }

  private boolean isList(CelExpr expr) {
    return expr.getKind() == ExprKind.Kind.LIST
        || expr.getKind() == ExprKind.Kind.COMPREHENSION
        || (expr.getKind() == ExprKind.Kind.CALL && tree.function(expr).equals("split"));
  }

  private void requirePattern(CelExpr expr, List<CelExpr> parts) {
    if (parts.size() != 2
        || parts.get(1).getKind() != ExprKind.Kind.CONSTANT
        || parts.get(1).constant().getKind() != CelConstant.Kind.STRING_VALUE) {
      throw tree.error(expr, "a pattern is a literal, such as tail_num.matches('^N')");
    }
    try {
      Regex.compile(parts.get(1).constant().stringValue());
    } catch (IllegalArgumentException e) {
      throw tree.error(expr, e.getMessage());
    }
  }

  private CelExpr global(CelExpr expr, String name, List<CelExpr> arguments) {
    long id = expr.id();
    if (ids.add(id)) {
      return RuntimeEnvironment.call(id, name, arguments);
    }
    // A fold makes more calls of one, and each needs its own number.
    return RuntimeEnvironment.call(nextId++, name, arguments);
  }

  /** Whether the part reads one of the variables; a run may have one of the same name itself. */
  private boolean names(CelExpr expr, Set<String> bound) {
    return switch (expr.getKind()) {
      case IDENT -> bound.contains(expr.ident().name());
      case COMPREHENSION -> {
        CelExpr.CelComprehension loop = expr.comprehension();
        Set<String> outer = new TreeSet<>(bound);
        outer.remove(loop.iterVar());
        outer.remove(loop.accuVar());
        yield names(loop.iterRange(), bound)
            || names(loop.loopCondition(), outer)
            || names(loop.loopStep(), outer)
            || names(loop.result(), outer);
      }
      default -> tree.children(expr).stream().anyMatch(child -> names(child, bound));
    };
  }
}
