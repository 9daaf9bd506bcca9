package io.millrace.offline.parity;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Feature;
import io.millrace.feature.RowSchema;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.Estimates;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How one value of a vector is compared with the recomputed one.
 *
 * @param words empty where the two must be equal to the bit
 * @param feature its position in its view; -1 where it is computed
 * @param isOfEstimates whether it is made of values of another view that are estimates; how far
 *     that takes it from the exact value is not known, so it may be any
 */
record FeatureRule(Optional<String> words, int feature, boolean isOfEstimates) {
  private static final String OF_ESTIMATES = "not compared, since it is made of estimates: ";

  /** The rule of each value of a service's vector. */
  static FeatureRule[] of(VectorPlan plan, Definitions definitions) {
    FeatureRule[] rules = new FeatureRule[plan.vectorSchema().size()];
    for (int i = 0; i < rules.length; i++) {
      if (plan.lookupOf(i) < 0) {
        rules[i] = new FeatureRule(Optional.empty(), -1, false);
        continue;
      }
      var view = plan.lookups().get(plan.lookupOf(i)).view();
      ViewNode node = ViewGraph.of(definitions, List.of(view)).node(view.name());
      int index = plan.columnOf(i);
      Feature feature = view.features().get(index);
      Set<String> estimates = read(feature, node);
      estimates.retainAll(estimatesOf(node));
      rules[i] =
          estimates.isEmpty()
              ? new FeatureRule(Estimates.rule(view, feature.name()), index, false)
              : new FeatureRule(
                  Optional.of(
                      OF_ESTIMATES + estimates.stream().sorted().collect(Collectors.joining(", "))),
                  index,
                  true);
    }
    return rules;
  }

  /** The columns of a view's events that are estimates. */
  private static Set<String> estimatesOf(ViewNode node) {
    Set<String> estimates = new HashSet<>();
    node.rowsOf().ifPresent(below -> estimates.addAll(estimated(below)));
    for (JoinedView join : node.joins()) {
      estimated(join.view())
          .forEach(feature -> estimates.add(JoinedView.columnOf(join.join(), feature)));
    }
    return estimates;
  }

  /** The features of a view that are estimates, or made of such. */
  private static Set<String> estimated(ViewNode node) {
    Set<String> estimates = estimatesOf(node);
    Set<String> features = new HashSet<>();
    for (Feature feature : node.view().features()) {
      Set<String> read = read(feature, node);
      read.retainAll(estimates);
      if (!read.isEmpty() || Estimates.rule(node.view(), feature.name()).isPresent()) {
        features.add(feature.name());
      }
    }
    return features;
  }

  /** The columns of the events that a feature is made of; the keys choose the events. */
  private static Set<String> read(Feature feature, ViewNode node) {
    Set<String> words = new HashSet<>(node.view().entity().keys());
    words.addAll(KeyedEvents.words(feature));
    for (Feature part : node.view().features()) {
      boolean isPart =
          feature.input().equals(part.name())
              || feature.parameters().over().equals(Optional.of(part.name()));
      if (feature.aggregation() == Aggregation.RATIO && isPart) {
        words.addAll(KeyedEvents.words(part));
      }
    }
    RowSchema events = node.events();
    words.removeIf(word -> events.indexOf(word).isEmpty());
    return words;
  }
}
