package io.millrace.server.serve;

import io.millrace.feature.expression.Nearest;
import java.util.Collection;

/** What to say of a name that nothing has. */
final class Names {
  private static final int LONGEST = 200;

  private Names() {}

  /** The nearest of the known names as a question, or all of them. */
  static String meant(String name, Collection<String> known) {
    String nearest = name.length() > LONGEST ? "" : Nearest.of(name, known);
    if (!nearest.isEmpty()) {
      return "; did you mean " + nearest + "?";
    }
    return known.isEmpty() ? "; there is none" : "; there are " + Refusal.list(known.stream());
  }
}
