package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.function.DoubleBinaryOperator;

/**
 * The operators {@code + - * / %} and the unary minus. Integers stay integers, and an overflow or a
 * division by zero is null; with a double on either side both are widened, and IEEE 754 rules.
 */
final class Arithmetic {
  private Arithmetic() {}

  /** A function of two integers that leaves its value in the cell; false means null. */
  @FunctionalInterface
  interface OfIntegers {
    boolean apply(long a, long b, Cell cell);
  }

  static Closure of(char operator, Closure left, Closure right) {
    return left.isInteger() && right.isInteger()
        ? ofIntegers(left, right, integers(operator))
        : ofDoubles(left.widened(), right.widened(), doubles(operator));
  }

  static Closure minus(Closure operand) {
    return of('-', operand.isInteger() ? Leaves.literal(0L) : Leaves.literal(-0.0), operand);
  }

  static Closure ofIntegers(Closure left, Closure right, OfIntegers function) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          long a = cell.number;
          return right.evaluate(row, cell) && function.apply(a, cell.number, cell);
        });
  }

  static Closure ofDoubles(Closure left, Closure right, DoubleBinaryOperator function) {
    return Closure.of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          double a = cell.real;
          if (!right.evaluate(row, cell)) {
            return false;
          }
          cell.real = function.applyAsDouble(a, cell.real);
          return true;
        });
  }

  private static OfIntegers integers(char operator) {
    return switch (operator) {
      case '+' ->
          (a, b, cell) -> {
            cell.number = a + b;
            return ((a ^ cell.number) & (b ^ cell.number)) >= 0;
          };
      case '-' ->
          (a, b, cell) -> {
            cell.number = a - b;
            return ((a ^ b) & (a ^ cell.number)) >= 0;
          };
      case '*' ->
          (a, b, cell) -> {
            cell.number = a * b;
            return Math.multiplyHigh(a, b) == cell.number >> 63;
          };
      case '/' ->
          (a, b, cell) -> {
            if (b == 0 || (a == Long.MIN_VALUE && b == -1)) {
              return false;
            }
            cell.number = a / b;
            return true;
          };
      default ->
          (a, b, cell) -> {
            if (b == 0) {
              return false;
            }
            cell.number = a % b;
            return true;
          };
    };
  }

  private static DoubleBinaryOperator doubles(char operator) {
    return switch (operator) {
      case '+' -> (a, b) -> a + b;
      case '-' -> (a, b) -> a - b;
      case '*' -> (a, b) -> a * b;
      case '/' -> (a, b) -> a / b;
      default -> (a, b) -> a % b;
    };
  }
}
