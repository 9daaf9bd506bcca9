package io.millrace.server.plan;

import io.millrace.feature.Feature;
import io.millrace.feature.plan.ChangeKind;
import io.millrace.feature.plan.FeatureChange;
import io.millrace.feature.plan.FeatureWords;
import io.millrace.feature.plan.ViewChange;
import io.millrace.feature.plan.WindowWords;
import java.util.List;
import java.util.Locale;

/** The sentences of a plan, the same in text and JSON. */
final class Words {
  private Words() {}

  static String kind(ChangeKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** What a feature computes, but for its window: {@code avg arr_delay_min where cancelled}. */
  static String computation(Feature feature) {
    return FeatureWords.computation(feature)
        + feature.where().map(where -> " where " + where).orElse("");
  }

  static String state(ViewChange view) {
    if (view.after().isEmpty()) {
      return "dropped";
    }
    if (view.before().isEmpty()) {
      return "begins empty";
    }
    if (!view.keepsState()) {
      return "lost: every feature begins empty";
    }
    List<String> anew =
        view.features().stream()
            .filter(FeatureChange::needsBackfill)
            .map(FeatureChange::name)
            .toList();
    return anew.isEmpty()
        ? "kept"
        : "kept, but that of " + String.join(", ", anew) + " begins empty";
  }

  static String backfill(FeatureChange feature) {
    return feature.needsBackfill()
        ? WindowWords.fillsAfter(feature.feature().window())
            .map(d -> "needs a backfill, or is right after " + WindowWords.of(d) + " of events")
            .orElse("needs a backfill: without it, what came before is missing")
        : "needs no backfill";
  }
}
