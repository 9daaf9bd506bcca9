package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** Comparisons, three-valued logic, choice and membership. */
final class Logic {
  private Logic() {}

  /** Numbers compare as numbers (integers exactly), texts by code point, false before true. */
  static Closure compare(String operator, Closure left, Closure right) {
    if (left.type() == ValueType.STRING) {
      return compareTexts(left, right, orderTest(operator));
    }
    if (left.isNumber() && !(left.isInteger() && right.isInteger())) {
      return compareDoubles(operator, left.widened(), right.widened());
    }
    IntPredicate test = orderTest(operator);
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          long a = cell.number;
          if (!right.evaluate(row, cell)) {
            return false;
          }
          cell.number = test.test(Long.compare(a, cell.number)) ? 1 : 0;
          return true;
        });
  }

  private static IntPredicate orderTest(String operator) {
    return switch (operator) {
      case "==" -> order -> order == 0;
      case "!=" -> order -> order != 0;
      case "<" -> order -> order < 0;
      case "<=" -> order -> order <= 0;
      case ">" -> order -> order > 0;
      default -> order -> order >= 0;
    };
  }

  private static Closure compareTexts(Closure left, Closure right, IntPredicate test) {
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          String a = cell.text;
          if (!right.evaluate(row, cell)) {
            return false;
          }
          cell.number = test.test(compareCodePoints(a, cell.text)) ? 1 : 0;
          return true;
        });
  }

  /** String.compareTo puts U+10000 and above before U+E000, since it compares UTF-16. */
  private static int compareCodePoints(String a, String b) {
    int mismatch = 0;
    int length = Math.min(a.length(), b.length());
    while (mismatch < length && a.charAt(mismatch) == b.charAt(mismatch)) {
      mismatch++;
    }
    if (mismatch == length) {
      return Integer.compare(a.length(), b.length());
    }
    char x = a.charAt(mismatch);
    char y = b.charAt(mismatch);
    return Character.isSurrogate(x) == Character.isSurrogate(y)
        ? Character.compare(x, y)
        : Character.isSurrogate(x) ? 1 : -1;
  }

  /** IEEE 754: NaN is unequal to all, itself included. */
  private static Closure compareDoubles(String operator, Closure left, Closure right) {
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          double a = cell.real;
          if (!right.evaluate(row, cell)) {
            return false;
          }
          double b = cell.real;
          boolean holds =
              switch (operator) {
                case "==" -> a == b;
                case "!=" -> a != b;
                case "<" -> a < b;
                case "<=" -> a <= b;
                case ">" -> a > b;
                default -> a >= b;
              };
          cell.number = holds ? 1 : 0;
          return true;
        });
  }

  /** {@code x == null}, and {@code x != null} and {@code has(x)}: never null. */
  static Closure isNull(Closure operand, boolean negated) {
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          boolean isNull = !operand.evaluate(row, cell);
          cell.number = isNull != negated ? 1 : 0;
          return true;
        });
  }

  /** {@code &&} with {@code decider} false, {@code ||} with it true: one decider decides. */
  static Closure connect(Closure left, Closure right, boolean decider) {
    long decides = decider ? 1 : 0;
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          boolean leftKnown = left.evaluate(row, cell);
          if (leftKnown && cell.number == decides) {
            return true;
          }
          return right.evaluate(row, cell) && (leftKnown || cell.number == decides);
        });
  }

  static Closure not(Closure operand) {
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.number ^= 1;
          return true;
        });
  }

  /** {@code condition ? one : other}; null if the condition is. */
  static Closure choose(ValueType type, Closure condition, Closure one, Closure other) {
    Closure first = type == ValueType.FLOAT64 && one.isNumber() ? one.widened() : one;
    Closure second = type == ValueType.FLOAT64 && other.isNumber() ? other.widened() : other;
    return Closure.of(
        type,
        (row, cell) ->
            condition.evaluate(row, cell)
                && (cell.number != 0 ? first.evaluate(row, cell) : second.evaluate(row, cell)));
  }

  /** {@code x in [a, b]} of literals that are comparable with x. */
  static Closure in(Closure operand, List<Closure> literals) {
    if (operand.type() == ValueType.STRING) {
      Set<String> texts =
          literals.stream().map(l -> (String) l.constant()).collect(Collectors.toUnmodifiableSet());
      return Closure.of(
          ValueType.BOOL,
          (row, cell) -> {
            if (!operand.evaluate(row, cell)) {
              return false;
            }
            cell.number = texts.contains(cell.text) ? 1 : 0;
            return true;
          });
    }
    if (operand.isInteger() && literals.stream().allMatch(Closure::isInteger)) {
      long[] numbers = literals.stream().mapToLong(l -> (Long) l.constant()).sorted().toArray();
      return Closure.of(
          ValueType.BOOL,
          (row, cell) -> {
            if (!operand.evaluate(row, cell)) {
              return false;
            }
            cell.number = Arrays.binarySearch(numbers, cell.number) >= 0 ? 1 : 0;
            return true;
          });
    }
    if (operand.type() == ValueType.BOOL) {
      boolean admitsTrue = literals.stream().anyMatch(l -> l.constant().equals(true));
      boolean admitsFalse = literals.stream().anyMatch(l -> l.constant().equals(false));
      return Closure.of(
          ValueType.BOOL,
          (row, cell) -> {
            if (!operand.evaluate(row, cell)) {
              return false;
            }
            cell.number = (cell.number != 0 ? admitsTrue : admitsFalse) ? 1 : 0;
            return true;
          });
    }
    Closure real = operand.widened();
    double[] reals =
        literals.stream().mapToDouble(l -> ((Number) l.constant()).doubleValue()).toArray();
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!real.evaluate(row, cell)) {
            return false;
          }
          double value = cell.real;
          cell.number = 0;
          for (double candidate : reals) {
            cell.number |= candidate == value ? 1 : 0;
          }
          return true;
        });
  }
}
