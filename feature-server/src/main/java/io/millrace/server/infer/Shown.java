package io.millrace.server.infer;

/** What a caller sent, as it may stand in a message: short, and on one line. */
final class Shown {
  private static final int LONGEST = 80;

  private Shown() {}

  static String of(Object value) {
    String text = String.valueOf(value);
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length() && i < LONGEST; i++) {
      char c = text.charAt(i);
      // Lone halves of a pair would not survive the way out.
      shown.append(c < ' ' || c == 127 || Character.isSurrogate(c) ? '?' : c);
    }
    return shown.append(text.length() > LONGEST ? "..." : "").toString();
  }
}
