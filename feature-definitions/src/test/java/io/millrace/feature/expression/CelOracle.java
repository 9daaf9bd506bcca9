package io.millrace.feature.expression;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelFunctionOverload;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeBuilder;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelUnknownSet;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;

/**
 * CEL as its own compiler, checker, runtime and extensions have it, without Millrace. A column that
 * is null is not there; {@code null_i} says whether it is. What CEL has no function for is written
 * a second time here, plainly.
 */
final class CelOracle {
  static final RowSchema ROW =
      new RowSchema(
          "row",
          List.of(
              Field.nullable("i", ValueType.INT64),
              Field.nullable("j", ValueType.INT64),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("x", ValueType.FLOAT64),
              Field.nullable("y", ValueType.FLOAT64),
              Field.nullable("s", ValueType.STRING),
              Field.nullable("t", ValueType.STRING),
              Field.nullable("b", ValueType.BOOL),
              Field.nullable("c", ValueType.BOOL)));
  private static final long[] INTEGERS = {
    0, 1, -1, 2, 7, 60, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53, (1L << 53) + 1, 1_356_998_400_000L
  };
  private static final double[] REALS = {
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.5,
    60.0,
    1e300,
    Double.MIN_VALUE,
    0x1p63,
    -0x1p63,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };
  private static final String[] TEXTS = {
    "",
    "UA",
    "AA",
    "N123UA",
    "é",
    "ß",
    "😀",
    "a😀b,,c",
    "\uE000",
    " x\u00a0",
    "12",
    " -7 ",
    "1.5e3",
    "9223372036854775808",
    "NaN",
    ",",
    "İI"
  };

  private record Body(CelFunctionOverload function, List<CelType> parameters) {}

  private final CelCompiler compiler;
  private final CelRuntime runtime;

  CelOracle() {
    CelCompilerBuilder types =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardMacros(dev.cel.parser.CelStandardMacro.STANDARD_MACROS)
            .addLibraries(CelExtensions.strings(), CelExtensions.math());
    CelRuntimeBuilder functions =
        CelRuntimeFactory.standardCelRuntimeBuilder()
            .addLibraries(CelExtensions.strings(), CelExtensions.math());
    for (Field field : ROW.fields()) {
      types.addVar(field.name(), RuntimeEnvironment.celType(Kind.of(field.type())));
      types.addVar("null_" + field.name(), SimpleType.BOOL);
    }
    CelType i = SimpleType.INT;
    CelType d = SimpleType.DOUBLE;
    CelType s = SimpleType.STRING;
    add(
        types,
        functions,
        "t_int",
        i,
        a -> new BigInteger(number(a[0], "[+-]?\\d+")).longValueExact(),
        s);
    add(
        types,
        functions,
        "t_double",
        d,
        a -> decimal(number(a[0], "[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")),
        s);
    add(types, functions, "t_string", s, a -> String.valueOf((double) a[0]), d);
    add(types, functions, "t_lower", s, a -> ((String) a[0]).toLowerCase(Locale.ROOT), s);
    add(types, functions, "t_upper", s, a -> ((String) a[0]).toUpperCase(Locale.ROOT), s);
    add(types, functions, "t_indexOf", i, a -> indexOf((String) a[0], (String) a[1]), s, s);
    add(types, functions, "t_order", i, a -> order((String) a[0], (String) a[1]), s, s);
    add(
        types,
        functions,
        "t_hash",
        i,
        a ->
            Hashing.murmur3_32_fixed().hashString((String) a[0], StandardCharsets.UTF_8).padToLong()
                % 97,
        s);
    add(types, functions, "t_bucketize", i, a -> bucket((double) a[0]), d);
    add(types, functions, "t_log", d, a -> StrictMath.log((double) a[0]), d);
    add(types, functions, "t_log1p", d, a -> StrictMath.log1p((double) a[0]), d);
    add(types, functions, "t_exp", d, a -> StrictMath.exp((double) a[0]), d);
    add(types, functions, "t_round", d, a -> Math.rint((double) a[0]), d);
    add(types, functions, "t_pow", d, a -> StrictMath.pow((double) a[0], (double) a[1]), d, d);
    add(types, functions, "t_max", d, a -> Math.max((double) a[0], (double) a[1]), d, d);
    add(types, functions, "t_remainder", d, a -> (double) a[0] % (double) a[1], d, d);
    add(
        types,
        functions,
        "t_seconds",
        d,
        a -> Math.subtractExact((long) a[1], (long) a[0]) / 1000.0,
        i,
        i);
    calendar(types, functions, "t_hour_of_day", ZonedDateTime::getHour);
    calendar(types, functions, "t_day_of_week", at -> at.getDayOfWeek().getValue() - 1);
    calendar(types, functions, "t_day_of_month", ZonedDateTime::getDayOfMonth);
    calendar(types, functions, "t_month", ZonedDateTime::getMonthValue);
    calendar(types, functions, "t_year", ZonedDateTime::getYear);
    compiler = types.build();
    runtime = functions.build();
  }

  CelRuntime.Program program(String text) throws CelValidationException, CelEvaluationException {
    return runtime.createProgram(compiler.compile(text).getAst());
  }

  boolean checks(String text) throws CelValidationException {
    return !compiler.check(compiler.parse(text).getAst()).hasError();
  }

  /** The value, or null where CEL has null or an error. */
  static Object value(CelRuntime.Program program, Map<String, Object> row) {
    Map<String, Object> variables = new HashMap<>();
    for (Field field : ROW.fields()) {
      Object value = row.get(field.name());
      variables.put("null_" + field.name(), value == null);
      if (value != null) {
        variables.put(field.name(), value);
      }
    }
    try {
      Object value = program.eval(variables);
      // A variable that is not there makes the whole unknown, unless && or || absorb it.
      return value instanceof CelUnknownSet ? null : value;
    } catch (CelEvaluationException e) {
      return null;
    }
  }

  static Map<String, Object> row(Random random) {
    Map<String, Object> row = new HashMap<>();
    for (Field field : ROW.fields()) {
      if (random.nextInt(7) > 0) {
        row.put(field.name(), value(Kind.of(field.type()), random));
      }
    }
    return row;
  }

  private static Object value(Kind kind, Random random) {
    boolean special = random.nextInt(2) == 0;
    return switch (kind) {
      case INTEGER ->
          special ? INTEGERS[random.nextInt(INTEGERS.length)] : (long) random.nextInt(-200, 200);
      case REAL ->
          special
              ? REALS[random.nextInt(REALS.length)]
              : (Object) (random.nextInt(-200, 200) / 8.0);
      case TEXT -> TEXTS[random.nextInt(TEXTS.length)];
      case BOOL -> random.nextBoolean();
      case OBJECT -> throw new AssertionError(kind);
    };
  }

  private static void add(
      CelCompilerBuilder types,
      CelRuntimeBuilder functions,
      String name,
      CelType result,
      CelFunctionOverload body,
      CelType... parameters) {
    overload(types, functions, name, result, List.of(new Body(body, List.of(parameters))));
  }

  private static void overload(
      CelCompilerBuilder types,
      CelRuntimeBuilder functions,
      String name,
      CelType result,
      List<Body> overloads) {
    ImmutableList.Builder<CelOverloadDecl> declared = ImmutableList.builder();
    ImmutableList.Builder<CelFunctionBinding> bindings = ImmutableList.builder();
    for (Body overload : overloads) {
      String id = name + overload.parameters();
      declared.add(
          CelOverloadDecl.newGlobalOverload(id, result, List.copyOf(overload.parameters())));
      bindings.add(
          CelFunctionBinding.from(
              id,
              overload.parameters().stream().<Class<?>>map(CelOracle::javaClass).toList(),
              arguments -> {
                try {
                  return overload.function().apply(arguments);
                } catch (RuntimeException e) {
                  throw new CelEvaluationException(e.toString(), e);
                }
              }));
    }
    types.addFunctionDeclarations(CelFunctionDecl.newFunctionDeclaration(name, declared.build()));
    functions.addFunctionBindings(CelFunctionBinding.fromOverloads(name, bindings.build()));
  }

  private static Class<?> javaClass(CelType type) {
    return type.equals(SimpleType.INT)
        ? Long.class
        : type.equals(SimpleType.DOUBLE) ? Double.class : String.class;
  }

  private static void calendar(
      CelCompilerBuilder types,
      CelRuntimeBuilder functions,
      String name,
      ToLongFunction<ZonedDateTime> field) {
    overload(
        types,
        functions,
        name,
        SimpleType.INT,
        List.of(
            new Body(
                a -> field.applyAsLong(at((long) a[0], ZoneId.of((String) a[1]))),
                List.of(SimpleType.INT, SimpleType.STRING)),
            new Body(
                a ->
                    field.applyAsLong(
                        at(
                            (long) a[0],
                            ZoneOffset.ofTotalSeconds(
                                Math.toIntExact(Math.multiplyExact((long) a[1], 60L))))),
                List.of(SimpleType.INT, SimpleType.INT))));
  }

  /** The clock's milliseconds have to be a long too. */
  private static ZonedDateTime at(long ms, ZoneId zone) {
    ZonedDateTime at = Instant.ofEpochMilli(ms).atZone(zone);
    Math.addExact(ms, at.getOffset().getTotalSeconds() * 1_000L);
    return at;
  }

  private static String number(Object text, String pattern) {
    String trimmed = ((String) text).trim();
    if (!trimmed.matches(pattern)) {
      throw new NumberFormatException(trimmed);
    }
    return trimmed;
  }

  /** A BigDecimal has no minus zero. */
  private static double decimal(String number) {
    double value = new BigDecimal(number).abs().doubleValue();
    return number.startsWith("-") ? -value : value;
  }

  private static long indexOf(String text, String part) {
    int[] whole = text.codePoints().toArray();
    for (int from = 0; from <= whole.length; from++) {
      if (new String(whole, from, whole.length - from).startsWith(part)) {
        return from;
      }
    }
    return -1;
  }

  private static long order(String a, String b) {
    return java.util.Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  private static long bucket(double x) {
    if (Double.isNaN(x)) {
      throw new ArithmeticException("NaN");
    }
    return (x >= -1 ? 1 : 0) + (x >= 0 ? 1 : 0) + (x >= 2.5 ? 1 : 0) + (x >= 60 ? 1 : 0);
  }
}
