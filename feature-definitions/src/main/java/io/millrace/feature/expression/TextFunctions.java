package io.millrace.feature.expression;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.feature.ValueType;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;

/** Functions of texts. */
final class TextFunctions {
  private TextFunctions() {}

  static Closure concatenation(Closure left, Closure right) {
    return Closure.of(
        ValueType.STRING,
        (row, cell) -> {
          if (!left.evaluate(row, cell)) {
            return false;
          }
          String a = cell.text;
          if (!right.evaluate(row, cell)) {
            return false;
          }
          cell.text = a + cell.text;
          return true;
        });
  }

  static Closure ofText(Closure operand, UnaryOperator<String> function) {
    return Closure.of(
        ValueType.STRING,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.text = function.apply(cell.text);
          return true;
        });
  }

  static Closure test(Closure left, Closure right, BiPredicate<String, String> predicate) {
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

  /**
   * Whether any part of the text matches.
   *
   * @throws IllegalArgumentException if the pattern is no literal or no RE2 pattern
   */
  static Closure matches(Closure operand, Closure pattern) {
    if (!(pattern.constant() instanceof String text)) {
      throw new IllegalArgumentException("a pattern is a literal, such as tail_num.matches('^N')");
    }
    Pattern compiled;
    try {
      compiled = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "the pattern " + text + " is no RE2 pattern: " + e.getDescription(), e);
    }
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!operand.evaluate(row, cell)) {
            return false;
          }
          cell.number = compiled.matcher(cell.text).find() ? 1 : 0;
          return true;
        });
  }
}
