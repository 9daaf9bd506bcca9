package io.millrace.feature.window;

/** The order of texts by their code points, which is that of their UTF-8 bytes too. */
final class CodePoints {
  private CodePoints() {}

  static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        // Surrogates are of code points above all other characters.
        boolean leftAbove = Character.isSurrogate(left);
        boolean rightAbove = Character.isSurrogate(right);
        return leftAbove == rightAbove
            ? Character.compare(left, right)
            : Boolean.compare(leftAbove, rightAbove);
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
