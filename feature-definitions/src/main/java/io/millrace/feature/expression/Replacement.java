package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.List;

/** {@code text.replace(old, new)}. */
final class Replacement {
  private Replacement() {}

  /** Null where the whole would be longer than {@link Limits#TEXT_CHARS}. */
  static Closure of(List<Closure> arguments) {
    Closure with = arguments.get(2);
    return TextCode.closure(
        ValueType.STRING,
        arguments.get(0),
        arguments.get(1),
        (row, cell, text) -> {
          String searched = cell.text;
          if (!with.evaluate(row, cell)) {
            return false;
          }
          cell.text = replaced(text, searched, cell.text);
          return cell.text != null;
        });
  }

  private static String replaced(String text, String old, String with) {
    StringBuilder out = new StringBuilder(text.length());
    int from = 0;
    int at = text.indexOf(old);
    while (at >= 0) {
      out.append(text, from, at).append(with);
      if (out.length() > Limits.TEXT_CHARS) {
        return null;
      }
      from = at + old.length();
      at = at == text.length() && old.isEmpty() ? -1 : text.indexOf(old, next(text, at, old));
    }
    out.append(text, from, text.length());
    return out.length() > Limits.TEXT_CHARS ? null : out.toString();
  }

  /** Where to search on; an empty text is before every code point and at the end. */
  private static int next(String text, int at, String old) {
    return old.isEmpty() ? at + Character.charCount(text.codePointAt(at)) : at + old.length();
  }
}
