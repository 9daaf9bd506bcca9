package io.millrace.feature;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Whom a value is about: the key columns' values as one text, parts joined by {@code |}, with
 * {@code \|} and {@code \\} for a bar and a backslash inside a part. Numbers are decimal, booleans
 * {@code true} and {@code false}, timestamps milliseconds.
 */
public record EntityKey(String text) {
  public EntityKey {
    Objects.requireNonNull(text, "text");
  }

  public static EntityKey of(String... parts) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        text.append('|');
      }
      appendPart(text, parts[i]);
    }
    return new EntityKey(text.toString());
  }

  /** The parts, unescaped. */
  public List<String> parts() {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        part.append(text.charAt(++i));
      } else if (c == '|') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  static void appendPart(StringBuilder text, String part) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == '|' || c == '\\') {
        text.append('\\');
      }
      text.append(c);
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
