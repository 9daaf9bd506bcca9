package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/**
 * The operators {@code + - * / %} and the unary minus. Integers stay integers, and an overflow or a
 * division by zero is null; with a double on either side both are widened, and IEEE 754 rules.
 */
final class Arithmetic {
  private Arithmetic() {}

  static Closure of(char operator, Closure left, Closure right) {
    return left.isInteger() && right.isInteger()
        ? new OfIntegers(operator, left, right)
        : new OfDoubles(operator, left, right);
  }

  static Closure minus(Closure operand) {
    return of('-', operand.isInteger() ? Leaves.Literal.of(0L) : Leaves.Literal.of(-0.0), operand);
  }

  private static final class OfIntegers extends Closure.OfTwo {
    private final char operator;

    OfIntegers(char operator, Closure left, Closure right) {
      super(ValueType.INT64, left, right);
      this.operator = operator;
    }

    @Override
    public boolean isNull(Row row) {
      return super.isNull(row) || !fits(left.longAt(row), right.longAt(row));
    }

    private boolean fits(long a, long b) {
      return switch (operator) {
        case '+' -> ((a ^ (a + b)) & (b ^ (a + b))) >= 0;
        case '-' -> ((a ^ b) & (a ^ (a - b))) >= 0;
        case '*' -> Math.multiplyHigh(a, b) == (a * b) >> 63;
        default -> b != 0 && !(a == Long.MIN_VALUE && b == -1);
      };
    }

    @Override
    public long longAt(Row row) {
      long a = left.longAt(row);
      long b = right.longAt(row);
      return switch (operator) {
        case '+' -> a + b;
        case '-' -> a - b;
        case '*' -> a * b;
        case '/' -> a / b;
        default -> a % b;
      };
    }
  }

  private static final class OfDoubles extends Closure.OfTwo {
    private final char operator;

    OfDoubles(char operator, Closure left, Closure right) {
      super(ValueType.FLOAT64, left, right);
      this.operator = operator;
    }

    @Override
    public double doubleAt(Row row) {
      double a = left.doubleAt(row);
      double b = right.doubleAt(row);
      return switch (operator) {
        case '+' -> a + b;
        case '-' -> a - b;
        case '*' -> a * b;
        case '/' -> a / b;
        default -> a % b;
      };
    }
  }
}
