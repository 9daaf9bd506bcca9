package io.millrace.feature.plan;

import io.millrace.feature.FeatureView;
import java.util.List;
import java.util.Optional;

/**
 * What became of one view.
 *
 * @param before as it was applied; empty if it is new
 * @param after as it is wanted; empty if it was removed
 * @param differences of the view itself, as {@code what: before -> after}
 * @param keepsState whether the state of its unchanged features is kept over a savepoint
 * @param features in the order of the wanted view, those removed last
 */
public record ViewChange(
    String name,
    ChangeKind kind,
    Optional<FeatureView> before,
    Optional<FeatureView> after,
    List<String> differences,
    boolean keepsState,
    List<FeatureChange> features) {
  public ViewChange {
    differences = List.copyOf(differences);
    features = List.copyOf(features);
  }

  /** Whether the view goes on under another version. */
  public boolean changesVersion() {
    return before.isPresent()
        && after.isPresent()
        && before.get().version() != after.get().version();
  }

  /** The view as it is wanted, or as it was if it was removed. */
  public FeatureView view() {
    return after.or(() -> before).orElseThrow();
  }
}
