package io.millrace.feature.expression;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.feature.ValueType;

/** RE2 patterns, whose time is linear in the text and in their own size, which is bounded here. */
final class Regex {
  private Regex() {}

  /**
   * Whether any part of the text matches.
   *
   * @throws IllegalArgumentException if the pattern is no literal or no RE2 pattern, or too large
   */
  static Closure matches(Closure operand, Closure pattern) {
    if (!(pattern.constant() instanceof String text)) {
      throw new IllegalArgumentException("a pattern is a literal, such as tail_num.matches('^N')");
    }
    Pattern compiled = compile(text);
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

  /**
   * @throws IllegalArgumentException if the text is no RE2 pattern, or one too large
   */
  static Pattern compile(String text) {
    PatternSize.check(text);
    Pattern compiled;
    try {
      compiled = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "the pattern " + text + " is no RE2 pattern: " + e.getDescription(), e);
    }
    if (compiled.programSize() > Limits.REGEX_STEPS) {
      throw new IllegalArgumentException(
          "the pattern "
              + text
              + " is too large: it has "
              + compiled.programSize()
              + " steps and may have "
              + Limits.REGEX_STEPS);
    }
    return compiled;
  }
}
