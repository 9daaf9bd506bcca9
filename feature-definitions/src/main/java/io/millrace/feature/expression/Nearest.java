package io.millrace.feature.expression;

import java.util.Collection;

/** The known name that a mistyped one was probably meant to be. */
public final class Nearest {
  private static final int MAX_DISTANCE = 3;

  private Nearest() {}

  /** The nearest by Levenshtein's distance, or empty text if none is within three edits. */
  public static String of(String name, Collection<String> known) {
    String nearest = "";
    int least = Math.min(MAX_DISTANCE, Math.max(1, name.length() / 2)) + 1;
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
