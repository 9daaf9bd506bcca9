package io.millrace.feature.expression;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.feature.ValueType;
import java.util.ArrayDeque;
import java.util.Deque;

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
    // Repeats multiply: ((a{99}){99}){99} is a million steps, and would be built before they can
    // be counted.
    if (unrolled(text) > Limits.REGEX_UNROLLED) {
      throw new IllegalArgumentException(
          "the pattern "
              + text
              + " is too large: with its repeats written out it has more than "
              + Limits.REGEX_UNROLLED
              + " chars");
    }
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

  /**
   * The length of the pattern with every repeat written out, at least; never less. A pattern that
   * does not parse gets some number, and the parser's message afterwards.
   */
  static long unrolled(String pattern) {
    Deque<Long> open = new ArrayDeque<>();
    long sum = 0;
    long last = 0;
    int i = 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      int repeatEnd = c == '{' ? pattern.indexOf('}', i) : -1;
      if (repeatEnd > 0 && pattern.substring(i + 1, repeatEnd).matches("\\d{1,9}(,\\d{0,9})?")) {
        long most = 1;
        for (String bound : pattern.substring(i + 1, repeatEnd).split(",")) {
          most = Math.max(most, Long.parseLong(bound));
        }
        sum = capped(sum + last * most);
        last = capped(last * (most + 1));
        i = repeatEnd + 1;
        continue;
      }
      i++;
      if (c == '(') {
        open.push(sum);
        sum = 1;
        last = 1;
      } else if (c == ')' && !open.isEmpty()) {
        last = capped(sum + 1);
        sum = capped(open.pop() + last);
      } else {
        if (c == '\\') {
          i++;
        }
        // Operators such as * keep what they apply to, so that a repeat after them counts it.
        last = "*+?".indexOf(c) >= 0 ? last + 1 : 1;
        sum = capped(sum + 1);
      }
    }
    while (!open.isEmpty()) {
      sum = capped(sum + open.pop());
    }
    return sum;
  }

  private static long capped(long size) {
    return Math.min(size, 1L << 30);
  }
}
