package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/** Functions of texts; positions and sizes count code points, as CEL does. */
final class TextFunctions {
  private static final String GROUP = "Texts";
  private static final ValueType TEXT = ValueType.STRING;

  static final List<Function> ALL =
      List.of(
          Function.of(
              "size",
              GROUP,
              "The number of code points; of a list, run by the CEL runtime, that of its elements.",
              "size('abc') == 3",
              Function.overload("text: STRING", ValueType.INT64, a -> size(a.get(0)))),
          ofText(
              "lower",
              "In lower case, by Unicode and no language.",
              "lower('ÀB') == 'àb'",
              text -> text.toLowerCase(Locale.ROOT)),
          ofText(
              "upper",
              "In upper case, by Unicode and no language.",
              "upper('àb') == 'ÀB'",
              text -> text.toUpperCase(Locale.ROOT)),
          ofText(
              "lowerAscii",
              "With A to Z in lower case, the rest as it is.",
              "lowerAscii('ÀB') == 'Àb'",
              text -> Slices.shifted(text, 'A', 'Z', 'a' - 'A')),
          ofText(
              "upperAscii",
              "With a to z in upper case, the rest as it is.",
              "upperAscii('àb') == 'àB'",
              text -> Slices.shifted(text, 'a', 'z', 'A' - 'a')),
          ofText(
              "trim", "Without white space at its ends.", "trim(' a b ') == 'a b'", Slices::trim),
          test("startsWith", "Whether it starts so.", "'N123'.startsWith('N')", String::startsWith),
          test("endsWith", "Whether it ends so.", "'N123'.endsWith('23')", String::endsWith),
          test("contains", "Whether it has this in it.", "'N123'.contains('12')", String::contains),
          Function.of(
              "matches",
              GROUP,
              "Whether any part matches; the pattern is RE2, whose time is linear in the text.",
              "'N123'.matches('^N[0-9]+$')",
              Function.overload(
                  "text: STRING, pattern: STRING_LITERAL",
                  ValueType.BOOL,
                  a -> Regex.matches(a.get(0), a.get(1)))),
          Function.of(
              "substring",
              GROUP,
              "From start, up to and without end; null where these lie outside of the text.",
              "'abcd'.substring(1, 3) == 'bc'",
              Function.overload("text: STRING, start: INT64", TEXT, Slices::from),
              Function.overload("text: STRING, start: INT64, end: INT64", TEXT, Slices::between)),
          Function.of(
              "charAt",
              GROUP,
              "The code point at the position as a text, empty right after the end; null farther"
                  + " out.",
              "'abc'.charAt(1) == 'b'",
              Function.overload("text: STRING, position: INT64", TEXT, Slices::charAt)),
          position(
              "indexOf",
              "The first position of the part, or -1.",
              "'abcb'.indexOf('b') == 1",
              true),
          position(
              "lastIndexOf",
              "The last position of the part, or -1.",
              "'abcb'.lastIndexOf('b') == 3",
              false),
          Function.of(
              "replace",
              GROUP,
              "With every occurrence of old replaced by new.",
              "'a-b-c'.replace('-', '') == 'abc'",
              Function.overload("text: STRING, old: STRING, new: STRING", TEXT, Replacement::of)));

  private TextFunctions() {}

  private static Function ofText(
      String name, String sentence, String example, UnaryOperator<String> function) {
    return Function.of(
        name,
        GROUP,
        sentence,
        example,
        Function.overload("text: STRING", TEXT, a -> ofText(a.get(0), function)));
  }

  private static Function test(
      String name, String sentence, String example, BiPredicate<String, String> predicate) {
    return Function.of(
        name,
        GROUP,
        sentence,
        example,
        Function.overload(
            "text: STRING, part: STRING",
            ValueType.BOOL,
            a -> test(a.get(0), a.get(1), predicate)));
  }

  private static Function position(String name, String sentence, String example, boolean first) {
    return Function.of(
        name,
        GROUP,
        sentence,
        example,
        Function.overload(
            "text: STRING, part: STRING",
            ValueType.INT64,
            a -> Slices.position(a.get(0), a.get(1), first)));
  }

  private static Closure size(Closure text) {
    return Closure.of(
        ValueType.INT64,
        (row, cell) -> {
          if (!text.evaluate(row, cell)) {
            return false;
          }
          cell.number = cell.text.codePointCount(0, cell.text.length());
          return true;
        });
  }

  /** Null where the whole is longer than {@link Limits#TEXT_CHARS}. */
  static Closure concatenation(Closure left, Closure right) {
    return Closure.of(
        TEXT,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          String a = cell.text;
          if (!right.evaluate(row, cell)
              || (long) a.length() + cell.text.length() > Limits.TEXT_CHARS) {
            return false;
          }
          cell.text = a + cell.text;
          return true;
        });
  }

  private static Closure ofText(Closure operand, UnaryOperator<String> function) {
    return Closure.of(
        TEXT,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.text = function.apply(cell.text);
          return true;
        });
  }

  private static Closure test(Closure left, Closure right, BiPredicate<String, String> predicate) {
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
          cell.number = predicate.test(a, cell.text) ? 1 : 0;
          return true;
        });
  }
}
