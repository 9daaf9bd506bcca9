package io.millrace.feature.expression;

/**
 * How deep a text is nested, told without parsing it: the parser recurses, and a hostile text would
 * overflow its stack before any limit on the tree could be asked.
 */
final class Nesting {
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

  /** Past a text in one or three quotes; before it may stand r, and then \ is a char as others. */
  private void skipText(char quote) {
    boolean raw = at > 0 && (text.charAt(at - 1) == 'r' || text.charAt(at - 1) == 'R');
    String triple = String.valueOf(quote).repeat(3);
    String end = text.startsWith(triple, at) ? triple : String.valueOf(quote);
    at += end.length();
    while (at < text.length() && !text.startsWith(end, at)) {
      at += text.charAt(at) == '\\' && !raw ? 2 : 1;
    }
    at = Math.min(text.length(), at + end.length());
  }

  private void skipTo(String end) {
    int found = text.indexOf(end, at);
    at = found < 0 ? text.length() : found + end.length();
  }
}
