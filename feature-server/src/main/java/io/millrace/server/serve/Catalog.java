package io.millrace.server.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureService;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.online.OnlineView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One state of the definitions with all plans compiled: what is swapped as a whole when they
 * change. Thread-safe.
 */
final class Catalog {
  /** Lists of features that callers make up; beyond so many they are compiled at each request. */
  private static final int MOST_LISTS = 1_000;

  private static final int MOST_FEATURES = 1_000;

  private final Definitions definitions;
  private final ViewGraph graph;
  private final Map<String, ServePlan> services = new LinkedHashMap<>();
  private final Map<List<String>, ServePlan> lists = new ConcurrentHashMap<>();

  Catalog(Definitions definitions) {
    this.definitions = definitions;
    this.graph = ViewGraph.of(definitions);
    for (FeatureService service : definitions.services()) {
      services.put(service.name(), ServePlan.of(service, definitions));
    }
  }

  Definitions definitions() {
    return definitions;
  }

  ViewGraph graph() {
    return graph;
  }

  /** What the store must hold. */
  List<OnlineView> views() {
    return graph.asDefined().stream()
        .map(node -> OnlineView.of(node.view(), node.aggregator().rowSchema()))
        .toList();
  }

  /** All services' plans. */
  List<ServePlan> services() {
    return List.copyOf(services.values());
  }

  ServePlan plan(FeatureQuery query) {
    if (query.service().isPresent()) {
      if (!query.features().isEmpty()) {
        throw Refusal.invalid(
            "the request names the feature service "
                + Refusal.shown(query.service().get())
                + " and features too; name one of them");
      }
      return service(query.service().get());
    }
    if (query.features().isEmpty()) {
      throw Refusal.invalid(
          "the request names no features; name a feature_service, one of "
              + Refusal.list(services.keySet().stream())
              + ", or features as [\"view:feature\"]");
    }
    return list(query.features());
  }

  ServePlan service(String name) {
    ServePlan plan = services.get(name);
    if (plan == null) {
      throw Refusal.unknown("feature service", name, services.keySet());
    }
    return plan;
  }

  private ServePlan list(List<String> features) {
    ServePlan known = lists.get(features);
    if (known != null) {
      return known;
    }
    if (features.size() > MOST_FEATURES) {
      throw new Refusal(
          Refusal.Kind.TOO_LARGE,
          "the request names "
              + features.size()
              + " features, but may name "
              + MOST_FEATURES
              + "; define a feature service, or send several requests");
    }
    List<FeatureReference> references = new ArrayList<>();
    for (String feature : features) {
      references.add(FeatureReference.parse(feature));
    }
    ServePlan plan = ServePlan.of(references, graph);
    if (lists.size() < MOST_LISTS) {
      lists.put(List.copyOf(features), plan);
    }
    return plan;
  }
}
