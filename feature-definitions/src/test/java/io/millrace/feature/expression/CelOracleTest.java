package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cel.runtime.CelRuntime;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Generated expressions have one value, whoever runs them: our closures, the CEL runtime by our
 * rewriting, and CEL by itself. What is an error there is null here, and CEL's rule that errors are
 * absorbed by {@code &&} and {@code ||} is our three-valued logic.
 */
class CelOracleTest {
  /** Expressions a seed; 5,000 of them took 41 s for four seeds. */
  private static final int CORPUS = Integer.getInteger("millrace.corpus", 300);

  private static final CelOracle ORACLE = new CelOracle();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void closuresAndTheCelRuntimeAgree(long seed) throws Exception {
    Random random = new Random(seed);
    ExpressionGenerator generator = new ExpressionGenerator(random);
    int nulls = 0;
    int values = 0;
    int refused = 0;
    for (int n = 0; n < CORPUS; n++) {
      ExpressionGenerator.Pair pair = generator.next();
      Expression closures;
      try {
        closures = Expressions.compile(pair.ours(), CelOracle.ROW);
      } catch (ExpressionException e) {
        // Some are larger than an expression may be, and nothing else may be wrong with them.
        assertThat(e).as("seed %d: %s", seed, pair.ours()).hasMessageContaining("allowed");
        refused++;
        continue;
      }
      Expression runtime = Expressions.compileForTheRuntime(pair.ours(), CelOracle.ROW);
      CelRuntime.Program program = ORACLE.program(pair.cel());
      for (int m = 0; m < 4; m++) {
        Map<String, Object> row = CelOracle.row(random);
        Object expected = CelOracle.value(program, row);
        nulls += expected == null ? 1 : 0;
        values += expected == null ? 0 : 1;
        assertThat(value(closures, row))
            .as("seed %d: closures: %s with %s, in CEL %s", seed, pair.ours(), row, pair.cel())
            .isEqualTo(expected);
        assertThat(value(runtime, row))
            .as("seed %d: runtime: %s with %s, in CEL %s", seed, pair.ours(), row, pair.cel())
            .isEqualTo(expected);
      }
    }
    // The corpus must hold both: values, and nulls and errors that became null.
    assertThat(values).as("seed %d", seed).isGreaterThan(CORPUS);
    assertThat(nulls).as("seed %d", seed).isGreaterThan(CORPUS / 2);
    assertThat(refused).as("seed %d", seed).isLessThan(CORPUS / 10);
  }

  @Test
  void theOracleIsStrictWhereWeWiden() throws Exception {
    assertThat(ORACLE.checks("x / 60.0")).isTrue();
    assertThat(ORACLE.checks("x / 60")).isFalse();
    assertThat(Expressions.compile("x / 60", CelOracle.ROW).type()).isEqualTo(ValueType.FLOAT64);
  }

  private static Object value(Expression expression, Map<String, Object> row) {
    Values values =
        Values.of(CelOracle.ROW.fields().stream().map(field -> row.get(field.name())).toArray());
    if (expression.isNull(values)) {
      return null;
    }
    return switch (Kind.of(expression.type())) {
      case INTEGER -> (Object) expression.longAt(values);
      case REAL -> expression.doubleAt(values);
      case BOOL -> expression.booleanAt(values);
      case OBJECT -> throw new AssertionError(expression.type());
      case TEXT -> expression.textAt(values);
    };
  }
}
