package io.millrace.server.erase;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureView;
import io.millrace.feature.erasure.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Dead letters about a feature's value. They have no payload, and name a key in their detail:
 * {@code spent of key N1 of card_v1 as of ...} and {@code key N1 of card_v1 has more events ...}.
 * Stateless.
 */
final class LettersOfKeys {
  private final Subject subject;
  private final List<Keyed> views = new ArrayList<>();

  private record Keyed(FeatureView view, Pattern detail) {}

  LettersOfKeys(Subject subject, Definitions definitions) {
    this.subject = subject;
    for (FeatureView view : definitions.views()) {
      views.add(
          new Keyed(
              view,
              Pattern.compile(
                  "\\bkey (.*) of " + Pattern.quote(view.id()) + " (?:as of|has more) ",
                  Pattern.DOTALL)));
    }
  }

  /** Whether the key is the subject's; empty if the letter names none. */
  Optional<Boolean> isOfSubject(DeadLetter letter) {
    if (letter.value().length > 0) {
      return Optional.empty();
    }
    for (Keyed keyed : views) {
      Matcher detail = keyed.detail().matcher(letter.detail());
      if (detail.find()) {
        int part = keyed.view().entity().keys().indexOf(subject.column());
        List<String> parts = new EntityKey(detail.group(1)).parts();
        return Optional.of(
            part >= 0 && part < parts.size() && parts.get(part).equals(subject.value()));
      }
    }
    return Optional.empty();
  }
}
