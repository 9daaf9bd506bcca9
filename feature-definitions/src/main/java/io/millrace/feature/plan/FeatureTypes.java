package io.millrace.feature.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.chain.ViewGraph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The types of a view's features, as the engine gives them. */
public final class FeatureTypes {
  private FeatureTypes() {}

  /** Name to type, in the order of the view. */
  public static Map<String, String> of(FeatureView view, Definitions all) {
    Map<String, String> types = new LinkedHashMap<>();
    ViewGraph graph = ViewGraph.of(all, List.of(view));
    for (Field field : graph.node(view.name()).aggregator().rowSchema().fields()) {
      types.put(field.name(), field.type().toString());
    }
    return types;
  }
}
