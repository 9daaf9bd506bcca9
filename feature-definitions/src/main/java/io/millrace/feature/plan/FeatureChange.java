package io.millrace.feature.plan;

import io.millrace.feature.Feature;
import java.util.List;
import java.util.Optional;

/**
 * What became of one feature of a view.
 *
 * @param before as it was applied; empty if it is new
 * @param after as it is wanted; empty if it was removed
 * @param differences what its values depend on and differs, as {@code what: before -> after}
 * @param computesAnew whether its values come from other events or are computed otherwise, so that
 *     what the state holds of it is of no use; a changed default alone is none
 */
public record FeatureChange(
    String name,
    ChangeKind kind,
    Optional<Feature> before,
    Optional<Feature> after,
    List<String> differences,
    boolean computesAnew) {
  public FeatureChange {
    differences = List.copyOf(differences);
  }

  /** Whether its state begins empty, so that its values are right only once its window is full. */
  public boolean needsBackfill() {
    return after.isPresent() && computesAnew;
  }

  /** The feature as it is wanted, or as it was if it was removed. */
  public Feature feature() {
    return after.or(() -> before).orElseThrow();
  }
}
