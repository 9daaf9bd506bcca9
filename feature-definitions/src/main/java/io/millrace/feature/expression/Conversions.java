package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;
import java.util.regex.Pattern;

/** {@code int()}, {@code double()} and {@code string()} where they change a type. */
final class Conversions {
  // Double.valueOf alone would also take 1d, 1f and 0x1p3.
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,5})?");

  private static final String GROUP = "Conversions";

  static final List<Function> ALL =
      List.of(
          Function.of(
              "int",
              GROUP,
              "As INT64: a FLOAT64 is cut towards zero and null outside of (-2^63, 2^63), a text"
                  + " is trimmed and null if it is no decimal integer of 64 bits.",
              "int(-2.7) == -2",
              Function.overload(
                  "x: INT64", ValueType.INT64, a -> NumberFunctions.ofInteger(a.get(0), x -> x)),
              Function.overload("x: FLOAT64", ValueType.INT64, a -> truncated(a.get(0))),
              Function.overload("x: STRING", ValueType.INT64, a -> parsedInteger(a.get(0)))),
          Function.of(
              "double",
              GROUP,
              "As FLOAT64: a text is trimmed and null if it is no decimal number; beyond 2^53 an"
                  + " integer loses digits.",
              "double(' 2.5e1 ') == 25.0",
              Function.overload("x: FLOAT64", ValueType.FLOAT64, a -> a.get(0)),
              Function.overload("x: STRING", ValueType.FLOAT64, a -> parsedDouble(a.get(0)))),
          Function.of(
              "string",
              GROUP,
              "As text: a FLOAT64 with its point, a timestamp as its milliseconds.",
              "string(1.0) == '1.0'",
              Function.overload("x: STRING", ValueType.STRING, a -> a.get(0)),
              Function.overload("x: INT64", ValueType.STRING, a -> toText(a.get(0))),
              Function.overload("x: FLOAT64", ValueType.STRING, a -> toText(a.get(0))),
              Function.overload("x: BOOL", ValueType.STRING, a -> toText(a.get(0)))));

  private Conversions() {}

  /** Cut towards zero; null outside of (-2^63, 2^63). */
  static Closure truncated(Closure real) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          // CEL's bounds: open on both sides. NaN fails both.
          if (!real.evaluate(row, cell) || !(cell.real < 0x1p63 && cell.real > -0x1p63)) {
            return false;
          }
          cell.number = (long) cell.real;
          return true;
        });
  }

  /** Null where the text is no integer of 64 bits. */
  static Closure parsedInteger(Closure text) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!text.evaluate(row, cell)) {
            return false;
          }
          try {
            cell.number = Long.parseLong(cell.text.trim());
            return true;
          } catch (NumberFormatException e) {
            return false;
          }
        });
  }

  /** Null where the text is no decimal number. */
  static Closure parsedDouble(Closure text) {
    return Closure.of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!text.evaluate(row, cell)) {
            return false;
          }
          String trimmed = cell.text.trim();
          if (!DECIMAL.matcher(trimmed).matches()) {
            return false;
          }
          cell.real = Double.parseDouble(trimmed);
          return true;
        });
  }

  /** As Java writes it: a double with its point, a timestamp as its milliseconds. */
  static Closure toText(Closure operand) {
    Kind kind = operand.kind();
    return Closure.of(
        ValueType.STRING,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.text =
              switch (kind) {
                case INTEGER -> Long.toString(cell.number);
                case REAL -> Double.toString(cell.real);
                case BOOL -> Boolean.toString(cell.number != 0);
                case TEXT -> cell.text;
                case OBJECT -> throw new IllegalStateException("no list or map is made a text");
              };
          return true;
        });
  }
}
