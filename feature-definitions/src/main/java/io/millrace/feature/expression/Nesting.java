package io.millrace.feature.expression;

/**
 * How deep a text is nested, told without parsing it: the parser recurses, and a hostile text would
 * overflow its stack before any limit on the tree could be asked.
 */
final class Nesting {
  private final String text;
  private int at;

  private Nesting(String text) {
    this.text = text;
  }

  /**
   * @throws ExpressionException if brackets, choices or signs are nested deeper than {@link
   *     Limits#DEPTH}
   */
  static void check(String text) {
    new Nesting(text).scan();
  }

  private void scan() {
    int brackets = 0;
    int choices = 0;
    int signs = 0;
    int selections = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '/' && text.startsWith("//", at)) {
        skipTo("\n");
        continue;
      }
      if (c == '"' || c == '\'') {
        skipText(c);
        signs = 0;
        continue;
      }
      switch (c) {
        case '(', '[', '{' -> brackets++;
        case ')', ']', '}' -> brackets--;
        case '?' -> choices++;
        case '!', '-' -> signs++;
        case '.' -> selections++;
        default -> {}
      }
      if (c != '!' && c != '-' && !Character.isWhitespace(c)) {
        signs = 0;
      }
      if (c == ',') {
        choices = 0;
        selections = 0;
      }
      if (Math.max(Math.max(brackets, choices), Math.max(signs, selections)) > Limits.DEPTH) {
        throw new ExpressionException(
            text, at, "the expression is nested deeper than " + Limits.DEPTH);
      }
      at++;
    }
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
