package io.millrace.feature.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.window.ViewAggregator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The types of a view's features, as the engine gives them. */
public final class FeatureTypes {
  private FeatureTypes() {}

  /** Name to type, in the order of the view; empty if the view reads no event source. */
  public static Map<String, String> of(FeatureView view, Definitions all) {
    Map<String, String> types = new LinkedHashMap<>();
    Optional<EventSource> source =
        all.sources().stream().filter(s -> s.name().equals(view.source())).findFirst();
    if (source.isPresent()) {
      for (Field field : ViewAggregator.of(view, source.get()).rowSchema().fields()) {
        types.put(field.name(), field.type().toString());
      }
    }
    return types;
  }
}
