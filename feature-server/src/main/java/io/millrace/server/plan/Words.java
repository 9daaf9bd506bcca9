package io.millrace.server.plan;

import io.millrace.feature.Feature;
import io.millrace.feature.plan.ChangeKind;
import io.millrace.feature.plan.FeatureChange;
import io.millrace.feature.plan.FeatureWords;
import io.millrace.feature.plan.ViewChange;
import io.millrace.feature.plan.WindowWords;
import io.millrace.feature.window.KeptState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

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
    List<String> anew = names(view, FeatureChange::beginsEmpty);
    List<String> inPart =
        names(view, one -> one.needsBackfill() && !one.beginsEmpty() && !one.throughViews());
    List<String> ofBefore = names(view, one -> one.throughViews() && !one.beginsEmpty());
    return "kept"
        + (anew.isEmpty() ? "" : ", but that of " + String.join(", ", anew) + " begins empty")
        + (inPart.isEmpty()
            ? ""
            : (anew.isEmpty() ? ", but that of " : " and that of ")
                + String.join(", ", inPart)
                + " is kept in part")
        + (ofBefore.isEmpty()
            ? ""
            : (anew.isEmpty() && inPart.isEmpty() ? ", but that of " : " and that of ")
                + String.join(", ", ofBefore)
                + " is of the values of before")
        + (view.kind() == ChangeKind.CHANGED
            ? "; every key's row is written anew when a job goes on from a savepoint"
            : "");
  }

  private static List<String> names(ViewChange view, Predicate<FeatureChange> which) {
    return view.features().stream().filter(which).map(FeatureChange::name).toList();
  }

  static String backfill(FeatureChange feature) {
    if (feature.needsBackfill() && !feature.beginsEmpty() && !feature.throughViews()) {
      return partly(feature.kept().orElseThrow());
    }
    return feature.needsBackfill()
        ? WindowWords.fillsAfter(feature.feature().window())
            .map(d -> "needs a backfill, or is right after " + WindowWords.of(d) + " of events")
            .orElse("needs a backfill: without it, what came before is missing")
        : "needs no backfill";
  }

  private static String partly(KeptState kept) {
    if (kept.coveredRows() < kept.neededRows()) {
      return "the last "
          + kept.coveredRows()
          + " rows of a key are kept: needs a backfill, or is right after "
          + (kept.neededRows() - kept.coveredRows())
          + " more of them";
    }
    String covered = "the last " + WindowWords.of(Duration.ofMillis(kept.coveredMs()));
    return kept.neededMs() == Long.MAX_VALUE
        ? covered + " are kept: needs a backfill, without it what came before is missing"
        : covered
            + " are kept: needs a backfill, or is right after "
            + WindowWords.of(Duration.ofMillis(kept.neededMs() - kept.coveredMs()))
            + " more of events";
  }
}
