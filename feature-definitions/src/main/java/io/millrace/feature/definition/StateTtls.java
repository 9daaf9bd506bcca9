package io.millrace.feature.definition;

import io.millrace.feature.Aggregation;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.plan.WindowWords;
import java.time.Duration;
import java.util.Optional;

/** What a view's {@code state-ttl} must not cut: windows that know how long they are. */
final class StateTtls {
  private StateTtls() {}

  /**
   * What is wrong with it, and the fix.
   *
   * @param source null of a view over the rows of another
   */
  static Optional<String> problem(FeatureView view, EventSource source) {
    if (view.stateTtl().isEmpty()) {
      return Optional.empty();
    }
    Duration stateTtl = view.stateTtl().get();
    if (source != null && source.changes().isPresent()) {
      return Optional.of(
          "the records of "
              + source.name()
              + " are changes to a table: one may take back what a key brought before it was"
              + " forgotten, so nothing is forgotten; leave out state-ttl, and let features have"
              + " windows");
    }
    if (view.ttl().isPresent() && view.ttl().get().compareTo(stateTtl) > 0) {
      return Optional.of(
          "values may be served for "
              + WindowWords.of(view.ttl().get())
              + ", the ttl, but the key is forgotten after "
              + WindowWords.of(stateTtl)
              + "; give a state-ttl that is no shorter");
    }
    for (Feature feature : view.features()) {
      WindowSpec window = feature.window();
      boolean isBounded =
          feature.aggregation() != Aggregation.RATIO && window.lookBackMs() < Long.MAX_VALUE;
      long neededMs =
          window.kind() == WindowSpec.Kind.SESSION
              ? window.lengthMs()
              : isBounded ? window.lookBackMs() : 0;
      if (neededMs > stateTtl.toMillis()) {
        return Optional.of(
            feature.name()
                + " looks back "
                + WindowWords.of(Duration.ofMillis(neededMs))
                + ", its window and tile, but the key is forgotten after "
                + WindowWords.of(stateTtl)
                + " without an event; give a state-ttl that is no shorter");
      }
    }
    return Optional.empty();
  }
}
