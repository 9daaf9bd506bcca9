package io.millrace.feature.expression;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelMathExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeBuilder;
import dev.cel.runtime.CelRuntimeFactory;
import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * CEL's compiler and runtime as {@link RuntimePart} uses them: CEL's operators, lists and macros,
 * and the functions of {@link Functions} under names that no expression can write.
 */
final class RuntimeEnvironment {
  private static final Map<Kind, CelType> CEL_TYPES =
      Map.of(
          Kind.INTEGER, SimpleType.INT,
          Kind.REAL, SimpleType.DOUBLE,
          Kind.TEXT, SimpleType.STRING,
          Kind.BOOL, SimpleType.BOOL);
  private static final Map<Kind, Class<?>> CLASSES =
      Map.of(
          Kind.INTEGER, Long.class,
          Kind.REAL, Double.class,
          Kind.TEXT, String.class,
          Kind.BOOL, Boolean.class);
  private static final Map<Kind, ValueType> VALUE_TYPES =
      Map.of(
          Kind.INTEGER, ValueType.INT64,
          Kind.REAL, ValueType.FLOAT64,
          Kind.TEXT, ValueType.STRING,
          Kind.BOOL, ValueType.BOOL);

  /** CEL's own runtime orders texts by their UTF-16, so these are ours there too. */
  static final Set<String> ORDERS = Set.of("<", "<=", ">", ">=");

  private static final CelOptions OPTIONS =
      CelOptions.current().comprehensionMaxIterations(100_000).build();

  static final CelCompiler COMPILER;
  static final CelRuntime RUNTIME;

  static {
    CelStringExtensions strings =
        CelExtensions.strings(
            CelStringExtensions.Function.SPLIT,
            CelStringExtensions.Function.JOIN,
            CelStringExtensions.Function.REVERSE);
    CelMathExtensions bits =
        CelExtensions.math(
            OPTIONS,
            CelMathExtensions.Function.BITAND,
            CelMathExtensions.Function.BITOR,
            CelMathExtensions.Function.BITXOR,
            CelMathExtensions.Function.BITNOT,
            CelMathExtensions.Function.BITSHIFTLEFT,
            CelMathExtensions.Function.BITSHIFTRIGHT);
    CelCompilerBuilder compiler =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .addLibraries(strings, bits);
    CelRuntimeBuilder runtime =
        CelRuntimeFactory.standardCelRuntimeBuilder()
            .setOptions(OPTIONS)
            .addLibraries(strings, bits);
    for (Function function : Functions.ALL) {
      if (has(function)) {
        declare(name(function), overloads(function), compiler, runtime);
      }
    }
    for (String order : ORDERS) {
      declare(order, overloads(order), compiler, runtime);
    }
    COMPILER = compiler.build();
    RUNTIME = runtime.build();
  }

  private RuntimeEnvironment() {}

  static CelType celType(Kind kind) {
    return CEL_TYPES.get(kind);
  }

  /** Whether a function may be called with what only the runtime knows: no literal, no null. */
  static boolean has(Function function) {
    return !function.isOfTheRuntime()
        && !function.group().equals("Null")
        && !function.overloads().stream().allMatch(RuntimeEnvironment::takesLiteral);
  }

  private static boolean takesLiteral(Function.Overload overload) {
    return overload.parameters().stream().anyMatch(Function.Parameter::isLiteral);
  }

  static boolean isVariadic(Function function) {
    return function.overloads().get(0).variadic();
  }

  static String name(Function function) {
    return "fn_" + function.name().replace('.', '_');
  }

  private static Map<List<Kind>, Closure> overloads(Function function) {
    Map<List<Kind>, Closure> overloads = new LinkedHashMap<>();
    for (Function.Overload overload : function.overloads()) {
      if (!takesLiteral(overload)) {
        for (List<Kind> kinds : kinds(overload.parameters())) {
          overloads.computeIfAbsent(kinds, k -> function.call(columns(k)));
        }
      }
    }
    return overloads;
  }

  private static Map<List<Kind>, Closure> overloads(String order) {
    Map<List<Kind>, Closure> overloads = new LinkedHashMap<>();
    for (Kind kind : CEL_TYPES.keySet()) {
      List<Closure> sides = columns(List.of(kind, kind));
      overloads.put(List.of(kind, kind), Logic.compare(order, sides.get(0), sides.get(1)));
    }
    return overloads;
  }

  private static List<Closure> columns(List<Kind> kinds) {
    return IntStream.range(0, kinds.size())
        .mapToObj(i -> Leaves.column(i, VALUE_TYPES.get(kinds.get(i))))
        .toList();
  }

  // A closure is immutable, but its code is an interface, which cannot say so.
  @SuppressWarnings("Immutable")
  private static void declare(
      String name,
      Map<List<Kind>, Closure> overloads,
      CelCompilerBuilder compiler,
      CelRuntimeBuilder runtime) {
    List<CelOverloadDecl> declared = new ArrayList<>();
    List<CelFunctionBinding> bindings = new ArrayList<>();
    overloads.forEach(
        (kinds, closure) -> {
          String id = name + "_" + kinds;
          declared.add(
              CelOverloadDecl.newGlobalOverload(
                  id,
                  celType(closure.kind()),
                  kinds.stream().map(RuntimeEnvironment::celType).toList()));
          bindings.add(
              CelFunctionBinding.from(
                  id,
                  kinds.stream().<Class<?>>map(CLASSES::get).toList(),
                  arguments -> value(closure, Values.of(arguments))));
        });
    compiler.addFunctionDeclarations(CelFunctionDecl.newFunctionDeclaration(name, declared));
    runtime.addFunctionBindings(CelFunctionBinding.fromOverloads(name, bindings));
  }

  private static Object value(Closure closure, Row arguments) throws CelEvaluationException {
    Object value = PieceValues.value(closure, arguments);
    if (value == null) {
      throw new CelEvaluationException("null");
    }
    return value;
  }

  /** Every list of kinds that the parameters take. */
  private static List<List<Kind>> kinds(List<Function.Parameter> parameters) {
    List<List<Kind>> all = List.of(List.of());
    for (Function.Parameter parameter : parameters) {
      List<Kind> kinds =
          switch (parameter) {
            case INT64 -> List.of(Kind.INTEGER);
            case FLOAT64 -> List.of(Kind.REAL, Kind.INTEGER);
            case STRING -> List.of(Kind.TEXT);
            case BOOL -> List.of(Kind.BOOL);
            default ->
                throw new IllegalArgumentException(parameter + " is nothing the runtime knows");
          };
      List<List<Kind>> longer = new ArrayList<>();
      for (List<Kind> before : all) {
        for (Kind kind : kinds) {
          List<Kind> list = new ArrayList<>(before);
          list.add(kind);
          longer.add(List.copyOf(list));
        }
      }
      all = longer;
    }
    return all;
  }

  /** Whether CEL has the operator or function of a part without lists, with the same meaning. */
  static boolean runs(SyntaxTree tree, CelExpr expr, Compiler compiler) {
    if (expr.getKind() != CelExpr.ExprKind.Kind.CALL) {
      return expr.getKind() == CelExpr.ExprKind.Kind.COMPREHENSION;
    }
    String name = tree.function(expr);
    List<Closure> arguments = tree.arguments(expr).stream().map(compiler::compile).toList();
    boolean nulls = arguments.stream().anyMatch(Closure::isNullLiteral);
    if (nulls || (name.equals("_%_") && !arguments.stream().allMatch(Closure::isInteger))) {
      return false;
    }
    if (SyntaxTree.isOperator(name)) {
      return true;
    }
    Function function = Functions.named(name);
    return function.isOfTheRuntime()
        || name.equals("matches")
        || (name.equals("size") && arguments.get(0).isList())
        || (has(function)
            && function.overloads().stream()
                .anyMatch(o -> !takesLiteral(o) && o.fit(arguments, true) != null));
  }

  /** Says {@code double()} of the integers that an operator has beside a double. */
  static void widen(
      Compiler compiler,
      CelExpr expr,
      List<CelExpr> parts,
      List<CelExpr> arguments,
      LongSupplier ids) {
    String name = expr.call().function();
    boolean operator =
        SyntaxTree.ARITHMETIC.containsKey(name)
            || SyntaxTree.COMPARISONS.containsKey(name)
            || name.equals("_?_:_");
    if (!operator
        || parts.stream().noneMatch(p -> compiler.compile(p).type() == ValueType.FLOAT64)) {
      return;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (compiler.compile(parts.get(i)).isInteger()) {
        arguments.set(i, call(ids.getAsLong(), "double", List.of(arguments.get(i))));
      }
    }
  }

  static CelExpr call(long id, String function, List<CelExpr> arguments) {
    return CelExpr.newBuilder()
        .setId(id)
        .setCall(CelExpr.CelCall.newBuilder().setFunction(function).addArgs(arguments).build())
        .build();
  }
}
