package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.regex.Pattern;

/** {@code int()}, {@code double()} and {@code string()} where they change a type. */
final class Conversions {
  // Double.valueOf alone would also take 1d, 1f and 0x1p3.
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,5})?");

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
    return Closure.of(
        ValueType.STRING,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.text =
              switch (operand.type()) {
                case INT64, TIMESTAMP -> Long.toString(cell.number);
                case FLOAT64 -> Double.toString(cell.real);
                case BOOL -> Boolean.toString(cell.number != 0);
                case STRING -> cell.text;
                case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
                    throw new IllegalStateException("a list or map is never made a text");
              };
          return true;
        });
  }
}
