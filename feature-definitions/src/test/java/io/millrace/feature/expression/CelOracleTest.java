package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Generated expressions without nulls have the value that the CEL runtime gives them; what is an
 * error there is null here, and CEL's rule that errors are absorbed by {@code &&} and {@code ||} is
 * our three-valued logic.
 */
class CelOracleTest {
  private static final RowSchema ROW =
      new RowSchema(
          "row",
          List.of(
              Field.required("i", ValueType.INT64),
              Field.required("j", ValueType.INT64),
              Field.required("x", ValueType.FLOAT64),
              Field.required("y", ValueType.FLOAT64),
              Field.required("s", ValueType.STRING),
              Field.required("t", ValueType.STRING),
              Field.required("b", ValueType.BOOL)));
  private static final long[] INTEGERS = {0, 1, -1, 2, 7, 60, Long.MAX_VALUE, Long.MIN_VALUE};
  private static final double[] REALS = {0.0, 1.0, -1.5, 60.0, 1e300, Double.POSITIVE_INFINITY};
  private static final String[] TEXTS = {"", "UA", "AA", "A", "N123UA", "é"};

  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .addVar("i", SimpleType.INT)
          .addVar("j", SimpleType.INT)
          .addVar("x", SimpleType.DOUBLE)
          .addVar("y", SimpleType.DOUBLE)
          .addVar("s", SimpleType.STRING)
          .addVar("t", SimpleType.STRING)
          .addVar("b", SimpleType.BOOL)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  /** The same expression twice: as a user of Millrace writes it, and with CEL's conversions. */
  private record Pair(String ours, String cel) {
    static Pair same(String text) {
      return new Pair(text, text);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldAgreeWithTheCelRuntime(long seed) throws Exception {
    Random random = new Random(seed);
    int nulls = 0;
    for (int n = 0; n < 2_000; n++) {
      Pair pair =
          switch (random.nextInt(4)) {
            case 0 -> integer(random, 4);
            case 1 -> real(random, 4);
            case 2 -> text(random, 3);
            default -> bool(random, 5);
          };
      Expression expression = Expressions.compile(pair.ours(), ROW);
      CelRuntime.Program program = RUNTIME.createProgram(COMPILER.compile(pair.cel()).getAst());
      for (int m = 0; m < 4; m++) {
        Map<String, Object> row = row(random);
        Object expected = expected(program, row);
        Object value = value(expression, row);
        nulls += value == null ? 1 : 0;
        assertThat(value)
            .as("seed %d: %s with %s, in CEL %s", seed, pair.ours(), row, pair.cel())
            .isEqualTo(expected);
      }
    }
    // The corpus must hold both: values, and errors that became null.
    assertThat(nulls).as("seed %d", seed).isBetween(100, 7_000);
  }

  @Test
  void theOracleIsStrictWhereWeWiden() {
    assertThat(COMPILER.parse("x / 60").hasError()).isFalse();
    assertThat(COMPILER.check(parsed("x / 60")).hasError()).isTrue();
    assertThat(Expressions.compile("x / 60", ROW).type()).isEqualTo(ValueType.FLOAT64);
  }

  private static dev.cel.common.CelAbstractSyntaxTree parsed(String text) {
    try {
      return COMPILER.parse(text).getAst();
    } catch (dev.cel.common.CelValidationException e) {
      throw new AssertionError(e);
    }
  }

  private static Object expected(CelRuntime.Program program, Map<String, Object> row) {
    try {
      return program.eval(row);
    } catch (CelEvaluationException e) {
      return null;
    }
  }

  private static Object value(Expression expression, Map<String, Object> row) {
    Values values = Values.of(ROW.fields().stream().map(field -> row.get(field.name())).toArray());
    if (expression.isNull(values)) {
      return null;
    }
    return switch (expression.type()) {
      case INT64, TIMESTAMP -> (Object) expression.longAt(values);
      case FLOAT64 -> expression.doubleAt(values);
      case BOOL -> expression.booleanAt(values);
      case STRING -> expression.textAt(values);
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> expression.objectAt(values);
    };
  }

  private static Map<String, Object> row(Random random) {
    return Map.of(
        "i", integerValue(random),
        "j", integerValue(random),
        "x", realValue(random),
        "y", realValue(random),
        "s", TEXTS[random.nextInt(TEXTS.length)],
        "t", TEXTS[random.nextInt(TEXTS.length)],
        "b", random.nextBoolean());
  }

  private static long integerValue(Random random) {
    return random.nextInt(3) == 0
        ? INTEGERS[random.nextInt(INTEGERS.length)]
        : random.nextInt(-200, 200);
  }

  private static double realValue(Random random) {
    return random.nextInt(3) == 0
        ? REALS[random.nextInt(REALS.length)]
        : random.nextInt(-200, 200) / 8.0;
  }

  private static Pair integer(Random random, int depth) {
    if (depth == 0 || random.nextInt(5) == 0) {
      return Pair.same(random.nextBoolean() ? "i" : random.nextBoolean() ? "j" : literal(random));
    }
    return switch (random.nextInt(6)) {
      case 0 -> wrap("-(%s)", integer(random, depth - 1));
      case 1 -> wrap("size(%s)", text(random, depth - 1));
      case 2 -> wrap("int(%s)", real(random, depth - 1));
      case 3 -> choice(random, integer(random, depth - 1), integer(random, depth - 1));
      default ->
          wrap(
              "(%s " + "+-*/%".charAt(random.nextInt(5)) + " %s)",
              integer(random, depth - 1),
              integer(random, depth - 1));
    };
  }

  private static String literal(Random random) {
    return Integer.toString(random.nextInt(0, 100));
  }

  private static Pair real(Random random, int depth) {
    if (depth == 0 || random.nextInt(5) == 0) {
      return Pair.same(random.nextBoolean() ? "x" : random.nextBoolean() ? "y" : "2.5");
    }
    return switch (random.nextInt(6)) {
      case 0 -> wrap("-(%s)", real(random, depth - 1));
      case 1 -> wrap("double(%s)", integer(random, depth - 1));
      case 2 -> choice(random, real(random, depth - 1), real(random, depth - 1));
      case 3 -> wrap(operator(random, "+-*/"), widened(random, depth), real(random, depth - 1));
      default -> wrap(operator(random, "+-*/"), real(random, depth - 1), widened(random, depth));
    };
  }

  private static String operator(Random random, String operators) {
    return "(%s " + operators.charAt(random.nextInt(operators.length())) + " %s)";
  }

  /** A double, or an integer that CEL has to be told to widen. */
  private static Pair widened(Random random, int depth) {
    if (random.nextBoolean()) {
      return real(random, depth - 1);
    }
    Pair integer = integer(random, depth - 1);
    return new Pair(integer.ours(), "double(" + integer.cel() + ")");
  }

  private static Pair text(Random random, int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return Pair.same(random.nextBoolean() ? "s" : random.nextBoolean() ? "t" : "'UA'");
    }
    return switch (random.nextInt(3)) {
      case 0 -> wrap("string(%s)", integer(random, depth - 1));
      case 1 -> choice(random, text(random, depth - 1), text(random, depth - 1));
      default -> wrap("(%s + %s)", text(random, depth - 1), text(random, depth - 1));
    };
  }

  private static Pair bool(Random random, int depth) {
    if (depth == 0 || random.nextInt(8) == 0) {
      return Pair.same(random.nextBoolean() ? "b" : "false");
    }
    String[] comparisons = {"==", "!=", "<", "<=", ">", ">="};
    String compare = "(%s " + comparisons[random.nextInt(comparisons.length)] + " %s)";
    String[] tests = {"startsWith", "endsWith", "contains"};
    return switch (random.nextInt(9)) {
      case 0 -> wrap(compare, integer(random, depth - 1), integer(random, depth - 1));
      case 1 -> wrap(compare, real(random, depth - 1), widened(random, depth));
      case 2 -> wrap(compare, text(random, depth - 1), text(random, depth - 1));
      case 3 -> wrap("!(%s)", bool(random, depth - 1));
      case 4 -> wrap("(%s && %s)", bool(random, depth - 1), bool(random, depth - 1));
      case 5 -> wrap("(%s || %s)", bool(random, depth - 1), bool(random, depth - 1));
      case 6 -> wrap("(%s in [1, -1, 7])", integer(random, depth - 1));
      case 7 -> wrap("%s.matches('^[A-Z]+$')", text(random, depth - 1));
      default ->
          wrap(
              "%s." + tests[random.nextInt(tests.length)] + "(%s)",
              text(random, depth - 1),
              text(random, depth - 1));
    };
  }

  private static Pair choice(Random random, Pair one, Pair other) {
    return wrap("(%s ? %s : %s)", bool(random, 2), one, other);
  }

  private static Pair wrap(String format, Pair... parts) {
    String escaped = format.replace("% ", "%% ");
    return new Pair(
        String.format(escaped, java.util.Arrays.stream(parts).map(Pair::ours).toArray()),
        String.format(escaped, java.util.Arrays.stream(parts).map(Pair::cel).toArray()));
  }
}
