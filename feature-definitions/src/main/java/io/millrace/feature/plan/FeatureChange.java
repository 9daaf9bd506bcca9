package io.millrace.feature.plan;

import io.millrace.feature.Feature;
import io.millrace.feature.window.KeptState;
import java.util.List;
import java.util.Optional;

/**
 * What became of one feature of a view.
 *
 * @param before as it was applied; empty if it is new
 * @param after as it is wanted; empty if it was removed
 * @param differences what its values depend on and differs, as {@code what: before -> after}
 * @param kept what the state of the view before holds of its past; empty where that begins anew
 * @param throughViews whether it reads a value of another view that means something else now, as
 *     what is kept of its past does not
 */
public record FeatureChange(
    String name,
    ChangeKind kind,
    Optional<Feature> before,
    Optional<Feature> after,
    List<String> differences,
    Optional<KeptState> kept,
    boolean throughViews) {
  public FeatureChange {
    differences = List.copyOf(differences);
  }

  /** Whether part of its past or all is missing, so that its values are right only later. */
  public boolean needsBackfill() {
    return after.isPresent() && (throughViews || !kept.map(KeptState::isWhole).orElse(false));
  }

  /** Whether nothing of its past is kept. */
  public boolean beginsEmpty() {
    return after.isPresent() && kept.map(KeptState::isNothing).orElse(true);
  }

  /** The feature as it is wanted, or as it was if it was removed. */
  public Feature feature() {
    return after.or(() -> before).orElseThrow();
  }
}
