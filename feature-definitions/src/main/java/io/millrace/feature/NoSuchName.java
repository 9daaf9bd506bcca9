package io.millrace.feature;

import java.util.Collection;
import java.util.List;

/** What to say of a name that nothing has. */
public final class NoSuchName {
  private NoSuchName() {}

  /**
   * An error that names those that exist, and shows characters that are not seen.
   *
   * @param kind such as {@code feature view}
   */
  public static IllegalArgumentException among(Collection<String> known, String kind, String name) {
    List<String> shown = known.stream().map(NoSuchName::shown).toList();
    return new IllegalArgumentException(
        "no " + kind + " is named " + shown(name) + "; there are " + shown);
  }

  /** A pasted name may look like another and differ by a space of no width. */
  private static String shown(String name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toCharArray()) {
      if (c > ' ' && c < 0x7f) {
        text.append(c);
      } else {
        text.append(String.format("\\u%04x", (int) c));
      }
    }
    return text.toString();
  }
}
