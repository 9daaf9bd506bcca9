package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionsTest {
  private static final RowSchema ROW =
      new RowSchema(
          "flight",
          List.of(
              Field.nullable("delay", ValueType.INT64),
              Field.nullable("temp", ValueType.FLOAT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("cancelled", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("nothing", ValueType.INT64)));
  // 2013-01-01T10:15:00Z, a Tuesday.
  private static final Values VALUES =
      Values.of(11, 39.02, "UA", false, java.time.Instant.parse("2013-01-01T10:15:00Z"), null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          delay + 4                          # 15
          delay / 4                          # 2
          -delay % 4                         # -3
          delay / 2.0                        # 5.5
          delay / 0                          # null
          delay / 0.0                        # Infinity
          9223372036854775807 + delay        # null
          9223372036854775807 * delay        # null
          delay * 60000                      # 660000
          delay + nothing                    # null
          delay >= 15                        # false
          delay > 10.5                       # true
          nothing >= 15                      # null
          nothing >= 15 || delay > 3         # true
          nothing >= 15 && delay > 3         # null
          nothing >= 15 && delay > 300       # false
          nothing == null                    # true
          has(delay) && !has(nothing)        # true
          nothing == null ? -1 : nothing     # -1
          cancelled ? null : delay           # 11
          carrier == 'UA'                    # true
          carrier in ['AA', 'UA']            # true
          delay in [1, 2]                    # false
          carrier.startsWith('U')            # true
          size(carrier)                      # 2
          lower(carrier)                     # ua
          hour_of_day(at)                    # 10
          hour_of_day(at + -300 * 60000)     # 5
          day_of_week(at)                    # 1
          floor(temp)                        # 39.0
          max(delay, 20)                     # 20
          min(delay, 1.5)                    # 1.5
          int(temp)                          # 39
          int('x')                           # null
          double('1.5')                      # 1.5
          string(delay)                      # 11
          abs(-delay)                        # 11
          """)
  void shouldHaveTheValue(String text, String expected) {
    Expression expression = Expressions.compile(text, ROW);
    Object value = null;
    if (!expression.isNull(VALUES)) {
      value =
          switch (expression.type()) {
            case INT64, TIMESTAMP -> (Object) expression.longAt(VALUES);
            case FLOAT64 -> expression.doubleAt(VALUES);
            case BOOL -> expression.booleanAt(VALUES);
            case STRING -> expression.textAt(VALUES);
          };
    }
    assertThat(String.valueOf(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          dellay + 1           # 0  # flight has no column dellay; did you mean delay?
          delay + carrier      # 6  # arithmetic needs numbers, but this is STRING
          delay == carrier     # 6  # INT64 == STRING compares different types
          delay && cancelled   # 6  # a condition is BOOL, but this is INT64
          cancelled ? 1 : 'a'  # 10 # a choice is between values of one type, not INT64 and STRING
          null                 # 0  # the expression is always null
          delay in carrier     # 6  # in takes a list of literals, such as carrier in ['UA', 'AA']
          """)
  void shouldNameThePlaceAndTheMistake(String text, int offset, String message) {
    assertThatThrownBy(() -> Expressions.compile(text, ROW))
        .hasMessage(message)
        .asInstanceOf(type(ExpressionException.class))
        .returns(offset, ExpressionException::offset);
  }

  @Test
  void shouldRefuseWhatDoesNotParse() {
    assertThatThrownBy(() -> Expressions.compile("delay +", ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("mismatched input");
  }

  @Test
  void shouldRefuseAnUnknownFunctionAndNameThoseThatThereAre() {
    assertThatThrownBy(() -> Expressions.compile("sin(temp)", ROW))
        .hasMessageStartingWith("there is no function sin of [FLOAT64]; there are floor, ceil");
  }

  @Test
  void shouldRefuseAHostileExpression() {
    assertThatThrownBy(() -> Expressions.compile("(".repeat(3_000) + ")".repeat(1_000), ROW))
        .isInstanceOf(ExpressionException.class);
    assertThatThrownBy(() -> Expressions.compile("1" + " + 1".repeat(200), ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("nested deeper than 64");
    assertThatThrownBy(() -> Expressions.compile("1".repeat(5_000), ROW))
        .hasMessage("an expression has at most 4096 chars, this has 5000");
    assertThatThrownBy(() -> Expressions.compile("[1, 2].all(x, x > 0)", ROW))
        .isInstanceOf(ExpressionException.class);
  }
}
