package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * The functions of expressions, by name and the kinds of their arguments.
 *
 * <ul>
 *   <li>{@code floor ceil round sqrt log exp (number)} to FLOAT64; {@code round} halves to even
 *   <li>{@code abs (number)}, {@code min max (number, number)}: integers stay integers
 *   <li>{@code int(number or text) double(number or text) string(any)}: a text that is no number is
 *       null, a double is cut towards zero and null where it does not fit
 *   <li>{@code hour_of_day day_of_week (milliseconds)}: in UTC, 0 to 23, 0 (Monday) to 6; with a
 *       second argument in that zone, see {@link TimeFunctions}
 *   <li>{@code seconds minutes hours days (integer)}: as milliseconds, so that {@code at -
 *       minutes(60)} is an hour earlier
 *   <li>{@code size(text)}: code points; {@code lower upper (text)}
 *   <li>{@code x.startsWith(text) x.endsWith(text) x.contains(text)}, {@code x.matches('pattern')}
 *       where any part matches; the pattern is RE2, whose time is linear in the text
 * </ul>
 */
final class Functions {
  private static final Map<String, DoubleUnaryOperator> OF_DOUBLE =
      Map.of(
          "floor", Math::floor,
          "ceil", Math::ceil,
          "round", Math::rint,
          "sqrt", Math::sqrt,
          "log", Math::log,
          "exp", Math::exp);
  private static final Map<String, Long> UNITS =
      Map.of("seconds", 1_000L, "minutes", 60_000L, "hours", 3_600_000L, "days", 86_400_000L);
  private static final Set<String> OTHERS =
      Set.of(
          "abs",
          "min",
          "max",
          "int",
          "double",
          "string",
          "hour_of_day",
          "day_of_week",
          "size",
          "lower",
          "upper",
          "startsWith",
          "endsWith",
          "contains",
          "matches",
          "has");

  private Functions() {}

  /** In the order of the alphabet. */
  static Set<String> names() {
    Set<String> names = new TreeSet<>(OTHERS);
    names.addAll(OF_DOUBLE.keySet());
    names.addAll(UNITS.keySet());
    return names;
  }

  /**
   * The compiled call, or null if there is no such function of such arguments.
   *
   * @throws IllegalArgumentException if a literal argument is wrong, saying why
   */
  static Closure of(String name, List<Closure> arguments) {
    String kinds = kinds(arguments);
    Closure first = arguments.isEmpty() ? null : arguments.get(0);
    Closure second = arguments.size() < 2 ? null : arguments.get(1);
    if (OF_DOUBLE.containsKey(name) && kinds.matches("[ID]")) {
      return ofDouble(first, OF_DOUBLE.get(name));
    }
    if (UNITS.containsKey(name) && kinds.equals("I")) {
      return Arithmetic.of('*', first, Leaves.literal(UNITS.get(name)));
    }
    return switch (name + ":" + kinds) {
      case "abs:I" ->
          Closure.of(
              ValueType.INT64,
              (row, cell) -> {
                if (!first.evaluate(row, cell) || cell.number == Long.MIN_VALUE) {
                  return false;
                }
                cell.number = Math.abs(cell.number);
                return true;
              });
      case "abs:D" -> ofDouble(first, Math::abs);
      case "min:II" -> smallerOrLarger(first, second, true);
      case "max:II" -> smallerOrLarger(first, second, false);
      case "min:ID", "min:DI", "min:DD" ->
          Arithmetic.ofDoubles(first.widened(), second.widened(), Math::min);
      case "max:ID", "max:DI", "max:DD" ->
          Arithmetic.ofDoubles(first.widened(), second.widened(), Math::max);
      case "int:I" -> ofInteger(first, value -> value);
      case "double:I", "double:D" -> first.widened();
      case "int:D" -> Conversions.truncated(first);
      case "int:S" -> Conversions.parsedInteger(first);
      case "double:S" -> Conversions.parsedDouble(first);
      case "string:S" -> first;
      case "string:I", "string:D", "string:B" -> Conversions.toText(first);
      case "hour_of_day:I" -> TimeFunctions.hourOfDay(first);
      case "hour_of_day:II", "hour_of_day:IS" ->
          TimeFunctions.hourOfDay(TimeFunctions.local(first, second));
      case "day_of_week:I" -> TimeFunctions.dayOfWeek(first);
      case "day_of_week:II", "day_of_week:IS" ->
          TimeFunctions.dayOfWeek(TimeFunctions.local(first, second));
      case "size:S" ->
          Closure.of(
              ValueType.INT64,
              (row, cell) -> {
                if (!first.evaluate(row, cell)) {
                  return false;
                }
                cell.number = cell.text.codePointCount(0, cell.text.length());
                return true;
              });
      case "lower:S" -> TextFunctions.ofText(first, text -> text.toLowerCase(Locale.ROOT));
      case "upper:S" -> TextFunctions.ofText(first, text -> text.toUpperCase(Locale.ROOT));
      case "startsWith:SS" -> TextFunctions.test(first, second, String::startsWith);
      case "endsWith:SS" -> TextFunctions.test(first, second, String::endsWith);
      case "contains:SS" -> TextFunctions.test(first, second, String::contains);
      case "matches:SS" -> TextFunctions.matches(first, second);
      default -> null;
    };
  }

  /** One letter an argument: Integer, Double, Boolean, String, List or map, Null. */
  private static String kinds(List<Closure> arguments) {
    StringBuilder kinds = new StringBuilder();
    for (Closure argument : arguments) {
      if (argument.isNullLiteral()) {
        kinds.append('N');
      } else {
        kinds.append(
            switch (argument.type()) {
              case INT64, TIMESTAMP -> 'I';
              case FLOAT64 -> 'D';
              case BOOL -> 'B';
              case STRING -> 'S';
              case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> 'L';
            });
      }
    }
    return kinds.toString();
  }

  private static Closure smallerOrLarger(Closure left, Closure right, boolean smaller) {
    return Arithmetic.ofIntegers(
        left,
        right,
        (a, b, cell) -> {
          cell.number = smaller ? Math.min(a, b) : Math.max(a, b);
          return true;
        });
  }

  private static Closure ofDouble(Closure operand, DoubleUnaryOperator function) {
    Closure real = operand.widened();
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
