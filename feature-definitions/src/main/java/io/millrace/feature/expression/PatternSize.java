package io.millrace.feature.expression;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a pattern is with its repeats written out, told without compiling it: repeats multiply,
 * {@code ((a{99}){99}){99}} is a million steps, and these would be built before they could be
 * counted. Groups are counted too, since the compiler recurses into them.
 */
final class PatternSize {
  private static final long MOST = 1L << 40;
  private static final Pattern REPEAT = Pattern.compile("\\{(\\d{1,9})(,(\\d{0,9}))?\\}");
  private static final Pattern NAMED_CLASS = Pattern.compile("\\[:\\^?\\w+:\\]");

  private final String pattern;
  private final long[] outer = new long[Limits.DEPTH + 1];
  private int groups;
  private int at;
  // Of the group that is open: all of it, and what a repeat that follows would repeat.
  private long sum;
  private long last;

  private PatternSize(String pattern) {
    this.pattern = pattern;
  }

  /**
   * @throws IllegalArgumentException if the pattern is over {@link Limits#REGEX_UNROLLED}, or its
   *     groups are nested deeper than {@link Limits#DEPTH}
   */
  static void check(String pattern) {
    if (unrolled(pattern) > Limits.REGEX_UNROLLED) {
      throw new IllegalArgumentException(
          "the pattern "
              + pattern
              + " is too large: with its repeats written out it has more than "
              + Limits.REGEX_UNROLLED
              + " chars");
    }
  }

  /** The chars; of a pattern that does not parse some number. */
  static long unrolled(String pattern) {
    return new PatternSize(pattern).count();
  }

  private long count() {
    while (at < pattern.length()) {
      char c = pattern.charAt(at);
      switch (c) {
        case '(' -> open();
        case ')' -> close();
        case '[' -> add(skipClass());
        case '\\' -> add(skipEscape());
        case '{' -> repeat();
        case '*', '+', '?' -> {
          // What it applies to stays the last, so that a repeat of both counts both.
          at++;
          last++;
          sum = capped(sum + 1);
        }
        default -> {
          at++;
          add(1);
        }
      }
    }
    while (groups > 0) {
      sum = capped(sum + outer[groups--]);
    }
    return sum;
  }

  private void add(long size) {
    last = size;
    sum = capped(sum + size);
  }

  private void open() {
    at++;
    if (++groups > Limits.DEPTH) {
      throw new IllegalArgumentException(
          "the pattern "
              + pattern
              + " is too large: its groups are nested deeper than "
              + Limits.DEPTH);
    }
    outer[groups] = sum;
    sum = 2;
    last = 1;
  }

  private void close() {
    at++;
    if (groups > 0) {
      last = sum;
      sum = capped(sum + outer[groups--]);
    }
  }

  private void repeat() {
    Matcher matcher = REPEAT.matcher(pattern).region(at, pattern.length());
    if (!matcher.lookingAt()) {
      at++;
      add(1);
      return;
    }
    at = matcher.end();
    long least = Long.parseLong(matcher.group(1));
    String most = matcher.group(3);
    long times = most == null || most.isEmpty() ? least : Math.max(least, Long.parseLong(most));
    // One is there already, and an optional one is a step more.
    long repeated = capped((last + 1) * Math.max(1, times + 1));
    sum = capped(sum + repeated);
    last = capped(last + repeated);
  }

  /** A class is one step, whatever brackets it holds. */
  private long skipClass() {
    int start = at++;
    if (at < pattern.length() && pattern.charAt(at) == '^') {
      at++;
    }
    boolean first = true;
    while (at < pattern.length() && (first || pattern.charAt(at) != ']')) {
      first = false;
      Matcher named = NAMED_CLASS.matcher(pattern).region(at, pattern.length());
      if (named.lookingAt()) {
        at = named.end();
      } else {
        at += pattern.charAt(at) == '\\' ? 2 : 1;
      }
    }
    at = Math.min(pattern.length(), at + 1);
    // Beyond one step only in what the parser reads.
    return 1 + (at - start) / 16;
  }

  /** One char, or what stands between \\Q and \\E. */
  private long skipEscape() {
    if (pattern.startsWith("\\Q", at)) {
      int end = pattern.indexOf("\\E", at);
      int start = at;
      at = end < 0 ? pattern.length() : end + 2;
      return at - start;
    }
    at = Math.min(pattern.length(), at + 2);
    return 1;
  }

  private static long capped(long size) {
    return Math.min(size, MOST);
  }
}
