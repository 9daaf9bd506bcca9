package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The functions of expressions, by name and the kinds of their arguments.
 *
 * <ul>
 *   <li>{@code floor ceil round sqrt log exp (number)} to FLOAT64
 *   <li>{@code abs (number)}, {@code min max (number, number)}: integers stay integers
 *   <li>{@code int(number or text) double(number or text) string(any)}: a text that is no number is
 *       null, a double is cut towards zero and null where it does not fit
 *   <li>{@code hour_of_day day_of_week (milliseconds)}: in UTC, 0 to 23, 0 (Monday) to 6
 *   <li>{@code size(text)}: code points; {@code lower upper (text)}
 *   <li>{@code x.startsWith(text) x.endsWith(text) x.contains(text)}
 * </ul>
 */
final class Functions {
  static final String NAMES =
      "floor, ceil, round, sqrt, log, exp, abs, min, max, int, double, string, hour_of_day,"
          + " day_of_week, size, lower, upper, startsWith, endsWith, contains, has";

  private static final long DAY_MS = 86_400_000;
  private static final long HOUR_MS = 3_600_000;

  private static final Map<String, DoubleUnaryOperator> OF_DOUBLE =
      Map.of(
          "floor", Math::floor,
          "ceil", Math::ceil,
          "round", Math::rint,
          "sqrt", Math::sqrt,
          "log", Math::log,
          "exp", Math::exp);

  private Functions() {}

  /** The compiled call, or null if there is no such function of such arguments. */
  static Closure of(String name, List<Closure> arguments) {
    String kinds = kinds(arguments);
    Closure first = arguments.isEmpty() ? null : arguments.get(0);
    if (OF_DOUBLE.containsKey(name) && kinds.matches("[ID]")) {
      return new OfDouble(first, OF_DOUBLE.get(name));
    }
    return switch (name + ":" + kinds) {
      case "abs:I" -> new OfInteger(first, Math::abs);
      case "abs:D" -> new OfDouble(first, Math::abs);
      case "min:II" ->
          Logic.choose(
              ValueType.INT64,
              Logic.compare("<=", first, arguments.get(1)),
              first,
              arguments.get(1));
      case "max:II" ->
          Logic.choose(
              ValueType.INT64,
              Logic.compare(">=", first, arguments.get(1)),
              first,
              arguments.get(1));
      case "min:ID", "min:DI", "min:DD" -> new OfDoubles(first, arguments.get(1), Math::min);
      case "max:ID", "max:DI", "max:DD" -> new OfDoubles(first, arguments.get(1), Math::max);
      case "int:I" -> new OfInteger(first, value -> value);
      case "int:D" -> new Truncated(first);
      case "int:S" -> new Parsed(ValueType.INT64, first);
      case "double:I", "double:D" -> new OfDouble(first, value -> value);
      case "double:S" -> new Parsed(ValueType.FLOAT64, first);
      case "string:S" -> first;
      case "string:I" -> new OfText(first, row -> Long.toString(first.longAt(row)));
      case "string:D" -> new OfText(first, row -> Double.toString(first.doubleAt(row)));
      case "string:B" -> new OfText(first, row -> Boolean.toString(first.booleanAt(row)));
      case "hour_of_day:I" -> new OfInteger(first, ms -> Math.floorMod(ms, DAY_MS) / HOUR_MS);
      // 1970-01-01 was a Thursday.
      case "day_of_week:I" ->
          new OfInteger(first, ms -> Math.floorMod(Math.floorDiv(ms, DAY_MS) + 3, 7L));
      case "size:S" -> new FromText(first, text -> text.codePointCount(0, text.length()));
      case "lower:S" ->
          new OfText(first, row -> first.textAt(row).toLowerCase(java.util.Locale.ROOT));
      case "upper:S" ->
          new OfText(first, row -> first.textAt(row).toUpperCase(java.util.Locale.ROOT));
      case "startsWith:SS" -> new OfTexts(first, arguments.get(1), String::startsWith);
      case "endsWith:SS" -> new OfTexts(first, arguments.get(1), String::endsWith);
      case "contains:SS" -> new OfTexts(first, arguments.get(1), String::contains);
      default -> null;
    };
  }

  /** One letter an argument: Integer, Double, Boolean, String, Null. */
  private static String kinds(List<Closure> arguments) {
    StringBuilder kinds = new StringBuilder();
    for (Closure argument : arguments) {
      kinds.append(
          argument.isInteger()
              ? 'I'
              : argument.isNullLiteral()
                  ? 'N'
                  : argument.type().name().charAt(0) == 'F'
                      ? 'D'
                      : argument.type().name().charAt(0));
    }
    return kinds.toString();
  }

  private static final class OfDouble extends Closure.OfOne {
    private final DoubleUnaryOperator function;

    OfDouble(Closure operand, DoubleUnaryOperator function) {
      super(ValueType.FLOAT64, operand);
      this.function = function;
    }

    @Override
    public double doubleAt(Row row) {
      return function.applyAsDouble(operand.doubleAt(row));
    }
  }

  private static final class OfDoubles extends Closure.OfTwo {
    private final DoubleBinaryOperator function;

    OfDoubles(Closure left, Closure right, DoubleBinaryOperator function) {
      super(ValueType.FLOAT64, left, right);
      this.function = function;
    }

    @Override
    public double doubleAt(Row row) {
      return function.applyAsDouble(left.doubleAt(row), right.doubleAt(row));
    }
  }

  private static final class OfInteger extends Closure.OfOne {
    private final java.util.function.LongUnaryOperator function;

    OfInteger(Closure operand, java.util.function.LongUnaryOperator function) {
      super(ValueType.INT64, operand);
      this.function = function;
    }

    @Override
    public long longAt(Row row) {
      return function.applyAsLong(operand.longAt(row));
    }
  }

  private static final class FromText extends Closure.OfOne {
    private final ToLongFunction<String> function;

    FromText(Closure operand, ToLongFunction<String> function) {
      super(ValueType.INT64, operand);
      this.function = function;
    }

    @Override
    public long longAt(Row row) {
      return function.applyAsLong(operand.textAt(row));
    }
  }

  private static final class OfText extends Closure.OfOne {
    private final Function<Row, String> function;

    OfText(Closure operand, Function<Row, String> function) {
      super(ValueType.STRING, operand);
      this.function = function;
    }

    @Override
    public String textAt(Row row) {
      return function.apply(row);
    }
  }

  private static final class OfTexts extends Closure.OfTwo {
    private final java.util.function.BiPredicate<String, String> predicate;

    OfTexts(Closure left, Closure right, java.util.function.BiPredicate<String, String> predicate) {
      super(ValueType.BOOL, left, right);
      this.predicate = predicate;
    }

    @Override
    public boolean booleanAt(Row row) {
      return predicate.test(left.textAt(row), right.textAt(row));
    }
  }

  /** A double as an integer, cut towards zero; null where it does not fit. */
  private static final class Truncated extends Closure.OfOne {
    Truncated(Closure operand) {
      super(ValueType.INT64, operand);
    }

    @Override
    public boolean isNull(Row row) {
      // 2^63 is the first double that does not fit; NaN fails both.
      return operand.isNull(row)
          || !(operand.doubleAt(row) < 0x1p63 && operand.doubleAt(row) >= -0x1p63);
    }

    @Override
    public long longAt(Row row) {
      return (long) operand.doubleAt(row);
    }
  }

  /** A text as a number; null where it is none. */
  private static final class Parsed extends Closure.OfOne {
    Parsed(ValueType type, Closure operand) {
      super(type, operand);
    }

    @Override
    public boolean isNull(Row row) {
      return operand.isNull(row) || parse(row) == null;
    }

    @Override
    public long longAt(Row row) {
      return parse(row).longValue();
    }

    @Override
    public double doubleAt(Row row) {
      return parse(row).doubleValue();
    }

    private Number parse(Row row) {
      try {
        String text = operand.textAt(row).trim();
        return type() == ValueType.INT64 ? (Number) Long.valueOf(text) : Double.valueOf(text);
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }
}
