package io.millrace.feature.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Join;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Carries the changes of views to those that build on them: a feature that reads another view's
 * value means something else once that value does, and once that view goes on under another
 * version, whose state begins anew.
 */
final class ThroughViews {
  private final Map<String, ViewChange> changes;

  private ThroughViews(Map<String, ViewChange> changes) {
    this.changes = changes;
  }

  /**
   * The same changes, in their order, each with what comes through others.
   *
   * @param after the wanted definitions
   */
  static List<ViewChange> carried(List<ViewChange> views, Definitions after) {
    Map<String, ViewChange> changes = new LinkedHashMap<>();
    views.forEach(view -> changes.put(view.name(), view));
    ThroughViews through = new ThroughViews(changes);
    for (ViewNode node : ViewGraph.of(after).inOrder()) {
      changes.computeIfPresent(node.view().name(), (name, view) -> through.carriedTo(view));
    }
    return List.copyOf(changes.values());
  }

  private ViewChange carriedTo(ViewChange view) {
    if (view.before().isEmpty() || view.after().isEmpty()) {
      return view;
    }
    Map<String, String> reasons = reasonsByColumn(view.after().get());
    List<String> keys = view.after().get().entity().keys();
    List<String> ofAll = keys.stream().filter(reasons::containsKey).map(reasons::get).toList();
    List<FeatureChange> features = new ArrayList<>();
    for (FeatureChange feature : view.features()) {
      Set<String> found = new HashSet<>(ofAll);
      feature.after().map(Feature::words).orElse(Set.of()).stream()
          .filter(reasons::containsKey)
          .map(reasons::get)
          .forEach(found::add);
      changes.values().stream()
          .filter(parent -> isRowsOf(view.after().get(), parent) && isAnother(parent))
          .map(ThroughViews::reason)
          .forEach(found::add);
      features.add(found.isEmpty() ? feature : changed(feature, found));
    }
    features = Comparison.withDependants(features);
    boolean same = features.equals(view.features());
    return new ViewChange(
        view.name(),
        same ? view.kind() : ChangeKind.CHANGED,
        view.before(),
        view.after(),
        view.differences(),
        view.keepsState(),
        features);
  }

  /** Why a column of the view's events means something else, by its name. */
  private Map<String, String> reasonsByColumn(FeatureView view) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (Join join : view.joins()) {
      for (FeatureChange feature : featuresOf(join.view())) {
        reasonOf(changes.get(join.view()), feature)
            .ifPresent(why -> reasons.put(JoinedView.columnOf(join, feature.name()), why));
      }
    }
    view.sourceView()
        .ifPresent(
            name ->
                featuresOf(name)
                    .forEach(
                        feature ->
                            reasonOf(changes.get(name), feature)
                                .ifPresent(why -> reasons.put(feature.name(), why))));
    return reasons;
  }

  private List<FeatureChange> featuresOf(String view) {
    return changes.containsKey(view) ? changes.get(view).features() : List.of();
  }

  private static Optional<String> reasonOf(ViewChange parent, FeatureChange feature) {
    if (isAnother(parent)) {
      return Optional.of(reason(parent));
    }
    return feature.kind() == ChangeKind.CHANGED
        ? Optional.of("through " + parent.name() + "." + feature.name() + ": it has changed")
        : Optional.empty();
  }

  private static boolean isRowsOf(FeatureView view, ViewChange parent) {
    return view.sourceView().equals(Optional.of(parent.name()));
  }

  /** Whether the view itself differs, and so each of its values. */
  private static boolean isAnother(ViewChange view) {
    return view.before().isPresent() && view.after().isPresent() && !view.differences().isEmpty();
  }

  private static String reason(ViewChange parent) {
    return "through " + parent.name() + ": " + parent.differences().get(0);
  }

  private static FeatureChange changed(FeatureChange feature, Set<String> reasons) {
    if (feature.before().isEmpty() || feature.after().isEmpty()) {
      return feature;
    }
    List<String> differences = new ArrayList<>(feature.differences());
    reasons.stream().sorted().forEach(differences::add);
    return new FeatureChange(
        feature.name(),
        ChangeKind.CHANGED,
        feature.before(),
        feature.after(),
        differences,
        feature.kept(),
        true);
  }
}
