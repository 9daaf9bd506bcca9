package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/** Functions of numbers. */
final class NumberFunctions {
  private static final String GROUP = "Numbers";

  static final List<Function> ALL =
      List.of(
          Function.of(
              "math.abs abs",
              GROUP,
              "The value without its sign; null for the least INT64.",
              "abs(-3) == 3",
              Function.overload("x: INT64", ValueType.INT64, a -> absolute(a.get(0))),
              Function.overload("x: FLOAT64", ValueType.FLOAT64, a -> ofReal(a.get(0), Math::abs))),
          Function.of(
              "math.sign sign",
              GROUP,
              "-1, 0 or 1; of NaN NaN.",
              "sign(-2.5) == -1.0",
              Function.overload(
                  "x: INT64", ValueType.INT64, a -> ofInteger(a.get(0), Long::signum)),
              Function.overload(
                  "x: FLOAT64",
                  ValueType.FLOAT64,
                  // 0.0 + x makes 0.0 of -0.0, as CEL does.
                  a -> ofReal(a.get(0), x -> 0.0 + Math.signum(x)))),
          Function.of(
              "math.least min",
              GROUP,
              "The smallest of the numbers; NaN if one of them is.",
              "min(2, 1.5) == 1.5",
              Function.overload("x: INT64, y...: INT64", ValueType.INT64, a -> extreme(a, true)),
              Function.overload(
                  "x: FLOAT64, y...: FLOAT64", ValueType.FLOAT64, a -> extreme(a, true))),
          Function.of(
              "math.greatest max",
              GROUP,
              "The largest of the numbers; NaN if one of them is.",
              "max(2, 7, 5) == 7",
              Function.overload("x: INT64, y...: INT64", ValueType.INT64, a -> extreme(a, false)),
              Function.overload(
                  "x: FLOAT64, y...: FLOAT64", ValueType.FLOAT64, a -> extreme(a, false))),
          real(
              "math.floor floor",
              "The next whole number below.",
              "floor(-1.5) == -2.0",
              Math::floor),
          real("math.ceil ceil", "The next whole number above.", "ceil(1.2) == 2.0", Math::ceil),
          real(
              "math.round round",
              "The nearest whole number, of two equally near ones the even one.",
              "round(2.5) == 2.0",
              Math::rint),
          real("math.sqrt sqrt", "The square root; NaN below zero.", "sqrt(9) == 3.0", Math::sqrt),
          real(
              "log",
              "The natural logarithm; of zero minus infinity, below zero NaN.",
              "log(1) == 0.0",
              StrictMath::log),
          real("log1p", "log(1 + x), exact near zero.", "log1p(0) == 0.0", StrictMath::log1p),
          real("exp", "e to the power of x.", "exp(0) == 1.0", StrictMath::exp),
          Function.of(
              "pow",
              GROUP,
              "x to the power of y, by the rules of IEEE 754.",
              "pow(2, 10) == 1024.0",
              Function.overload(
                  "x: FLOAT64, y: FLOAT64",
                  ValueType.FLOAT64,
                  a -> Arithmetic.ofDoubles(a.get(0), a.get(1), StrictMath::pow))),
          test("math.isNaN is_nan", "Whether the value is NaN.", "is_nan(sqrt(-1))", Double::isNaN),
          test(
              "math.isInf is_inf",
              "Whether the value is plus or minus infinity.",
              "is_inf(1 / 0.0)",
              Double::isInfinite),
          test(
              "math.isFinite is_finite",
              "Whether the value is neither NaN nor infinite.",
              "is_finite(1.5)",
              Double::isFinite),
          Function.of(
              "bucketize",
              GROUP,
              "How many of the ascending bounds are at most x: 0 below the first, n from the last"
                  + " of n on; null for NaN.",
              "bucketize(7, [0, 5, 10]) == 2",
              Function.overload(
                  "x: FLOAT64, bounds: NUMBERS",
                  ValueType.INT64,
                  a -> Bucketize.of(a.get(0), a.get(1)))));

  private NumberFunctions() {}

  private static Function real(
      String names, String sentence, String example, DoubleUnaryOperator function) {
    return Function.of(
        names,
        GROUP,
        sentence,
        example,
        Function.overload("x: FLOAT64", ValueType.FLOAT64, a -> ofReal(a.get(0), function)));
  }

  private static Function test(
      String names, String sentence, String example, DoublePredicate predicate) {
    return Function.of(
        names,
        GROUP,
        sentence,
        example,
        Function.overload(
            "x: FLOAT64",
            ValueType.BOOL,
            a -> {
              Closure operand = a.get(0);
              return Closure.of(
                  ValueType.BOOL,
                  (row, cell) -> {
                    if (!operand.evaluate(row, cell)) {
                      return false;
                    }
                    cell.number = predicate.test(cell.real) ? 1 : 0;
                    return true;
                  });
            }));
  }

  private static Closure absolute(Closure operand) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!operand.evaluate(row, cell) || cell.number == Long.MIN_VALUE) {
            return false;
          }
          cell.number = Math.abs(cell.number);
          return true;
        });
  }

  private static Closure extreme(List<Closure> numbers, boolean smallest) {
    Closure extreme = numbers.get(0);
    for (Closure number : numbers.subList(1, numbers.size())) {
      extreme =
          number.isInteger()
              ? Arithmetic.ofIntegers(
                  extreme,
                  number,
                  (a, b, cell) -> {
                    cell.number = smallest ? Math.min(a, b) : Math.max(a, b);
                    return true;
                  })
              : Arithmetic.ofDoubles(extreme, number, smallest ? Math::min : Math::max);
    }
    return extreme;
  }

  static Closure ofReal(Closure real, DoubleUnaryOperator function) {
    return Closure.of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!real.evaluate(row, cell)) {
            return false;
          }
          cell.real = function.applyAsDouble(cell.real);
          return true;
        });
  }

  static Closure ofInteger(Closure operand, LongUnaryOperator function) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.number = function.applyAsLong(cell.number);
          return true;
        });
  }
}
