package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;

/** Parts of texts, by code points. */
final class Slices {
  private Slices() {}

  /** {@code text.substring(start)}. */
  static Closure from(List<Closure> arguments) {
    return TextCode.closure(
        ValueType.STRING,
        arguments.get(0),
        arguments.get(1),
        (row, cell, text) -> {
          int at = offset(text, 0, cell.number);
          if (at < 0) {
            return false;
          }
          cell.text = text.substring(at);
          return true;
        });
  }

  /** {@code text.substring(start, end)}. */
  static Closure between(List<Closure> arguments) {
    Closure end = arguments.get(2);
    return TextCode.closure(
        ValueType.STRING,
        arguments.get(0),
        arguments.get(1),
        (row, cell, text) -> {
          long from = cell.number;
          if (!end.evaluate(row, cell) || from < 0 || cell.number < from) {
            return false;
          }
          int begins = offset(text, 0, from);
          int ends = begins < 0 ? -1 : offset(text, begins, cell.number - from);
          if (ends < 0) {
            return false;
          }
          cell.text = text.substring(begins, ends);
          return true;
        });
  }

  static Closure charAt(List<Closure> arguments) {
    return TextCode.closure(
        ValueType.STRING,
        arguments.get(0),
        arguments.get(1),
        (row, cell, text) -> {
          int at = offset(text, 0, cell.number);
          if (at < 0) {
            return false;
          }
          cell.text = at == text.length() ? "" : Character.toString(text.codePointAt(at));
          return true;
        });
  }

  static Closure position(Closure whole, Closure part, boolean first) {
    return TextCode.closure(
        ValueType.INT64,
        whole,
        part,
        (row, cell, text) -> {
          int at = first ? text.indexOf(cell.text) : text.lastIndexOf(cell.text);
          cell.number = at < 0 ? -1 : text.codePointCount(0, at);
          return true;
        });
  }

  /**
   * {@code text.split(separator)[n]}: the part without the list. An empty separator is between any
   * two code points. Null where there is no such part.
   */
  static Closure part(Closure whole, Closure separator, Closure n) {
    return TextCode.closure(
        ValueType.STRING,
        whole,
        separator,
        (row, cell, text) -> {
          String between = cell.text;
          if (!n.evaluate(row, cell) || cell.number < 0) {
            return false;
          }
          cell.text =
              between.isEmpty() ? codePoint(text, cell.number) : part(text, between, cell.number);
          return cell.text != null;
        });
  }

  private static String codePoint(String text, long n) {
    int at = offset(text, 0, n);
    return at < 0 || at == text.length() ? null : Character.toString(text.codePointAt(at));
  }

  private static String part(String text, String separator, long n) {
    int start = 0;
    for (long i = 0; i < n; i++) {
      int at = text.indexOf(separator, start);
      if (at < 0) {
        return null;
      }
      start = at + separator.length();
    }
    int end = text.indexOf(separator, start);
    return end < 0 ? text.substring(start) : text.substring(start, end);
  }

  /** The char so many code points after {@code from}, or -1 if the text ends before. */
  private static int offset(String text, int from, long codePoints) {
    if (codePoints < 0 || codePoints > text.length() - from) {
      return -1;
    }
    int at = from;
    for (long i = 0; i < codePoints; i++) {
      if (at == text.length()) {
        return -1;
      }
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  /** The text with the ASCII letters from {@code first} to {@code last} shifted. */
  static String shifted(String text, char first, char last, int by) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] >= first && chars[i] <= last) {
        chars[i] = (char) (chars[i] + by);
      }
    }
    return new String(chars);
  }

  /** Without Unicode's White_Space at the ends. */
  static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isWhiteSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isWhiteSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Java's own tests leave some of these out, such as U+0085. */
  private static boolean isWhiteSpace(char c) {
    return (c >= 0x09 && c <= 0x0d)
        || c == 0x20
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }
}
