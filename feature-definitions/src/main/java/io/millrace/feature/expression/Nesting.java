package io.millrace.feature.expression;

import java.util.regex.Pattern;

/**
 * How deep a text is nested, told without parsing it: the parser recurses, and a hostile text would
 * overflow its stack before any limit on the tree could be asked.
 */
final class Nesting {
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\([abfnrtv\"'\\\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})");

  private final String text;
  // Of every bracket that is open, the choices and selections right in it; 0 is outside of all.
  private final int[] choices = new int[Limits.DEPTH + 1];
  private final int[] selections = new int[Limits.DEPTH + 1];
  private int brackets;
  private int signs;
  private int at;

  private Nesting(String text) {
    this.text = text;
  }

  /**
   * @throws ExpressionException if brackets, choices, selections or signs are nested deeper than
   *     {@link Limits#DEPTH}, or all of them together deeper than twice that
   */
  static void check(String text) {
    new Nesting(text).scan();
  }

  private void scan() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '/' && text.startsWith("//", at)) {
        skipTo("\n");
      } else if (c == '"' || c == '\'') {
        skipText(c);
        signs = 0;
      } else {
        count(c);
        at++;
      }
    }
  }

  private void count(char c) {
    if (c == '!' || c == '-') {
      signs++;
    } else if (!Character.isWhitespace(c)) {
      signs = 0;
    }
    switch (c) {
      case '(', '[', '{' -> {
        require(++brackets);
        choices[brackets] = 0;
        selections[brackets] = 0;
      }
      case ')', ']', '}' -> brackets = Math.max(0, brackets - 1);
      case '?' -> choices[brackets]++;
      case '.' -> selections[brackets] += isPoint() ? 0 : 1;
      case '|', '&' -> selections[brackets] = 0;
      case ',' -> {
        choices[brackets] = 0;
        selections[brackets] = 0;
      }
      case '`' ->
          throw new ExpressionException(
              text, at, "this is no expression: a column stands without quotes");
      default -> {}
    }
    require(choices[brackets]);
    require(selections[brackets]);
    require(signs);
    int all = brackets + signs;
    for (int level = 0; level <= brackets; level++) {
      all += choices[level] + selections[level];
    }
    require(all / 2);
  }

  private void require(int depth) {
    if (depth > Limits.DEPTH) {
      throw new ExpressionException(
          text, at, "the expression is nested deeper than " + Limits.DEPTH);
    }
  }

  /** Whether this is the point of a number. */
  private boolean isPoint() {
    return at + 1 < text.length() && Character.isDigit(text.charAt(at + 1));
  }

  /**
   * Past a text in one or three quotes. It is as strict as the lexer is: if the two did not agree
   * on where a text ends, brackets could hide from one of them.
   */
  private void skipText(char quote) {
    int start = at;
    boolean raw = requirePrefix();
    String triple = String.valueOf(quote).repeat(3);
    boolean lines = text.startsWith(triple, at);
    String end = lines ? triple : String.valueOf(quote);
    at += end.length();
    while (!text.startsWith(end, at)) {
      if (at >= text.length() || (!lines && "\r\n".indexOf(text.charAt(at)) >= 0)) {
        throw new ExpressionException(
            text, start, "this is no expression: the text that starts here does not end");
      }
      if (text.charAt(at) == '\\' && !raw) {
        requireEscape();
        at++;
      }
      at++;
    }
    at += end.length();
  }

  /** Whether the text is a raw one, in which a backslash is a char as others. */
  private boolean requirePrefix() {
    int word = at;
    while (word > 0 && Character.isJavaIdentifierPart(text.charAt(word - 1))) {
      word--;
    }
    String prefix = text.substring(word, at);
    if (!prefix.isEmpty() && !prefix.equalsIgnoreCase("r")) {
      throw new ExpressionException(
          text,
          word,
          "this is no expression: before a text may stand r, and nothing else; this is " + prefix);
    }
    return !prefix.isEmpty();
  }

  private void requireEscape() {
    if (!ESCAPE.matcher(text).region(at, text.length()).lookingAt()) {
      throw new ExpressionException(
          text,
          at,
          "this is no expression: there is no such escape; a backslash is written \\\\, or in a raw"
              + " text r'\\'");
    }
  }

  private void skipTo(String end) {
    int found = text.indexOf(end, at);
    at = found < 0 ? text.length() : found + end.length();
  }
}
