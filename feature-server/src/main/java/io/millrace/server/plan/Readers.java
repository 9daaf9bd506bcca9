package io.millrace.server.plan;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Join;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.plan.ModelInUse;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Who reads a feature of a view, be it through a ratio or through views that build on it.
 *
 * @param services as {@code delay_v1 as route__mean_delay_7d}, or {@code delay_v1 as
 *     tail__excess_7d through tail.excess_7d}
 * @param models as {@code delay 3 (champion)}
 */
public record Readers(List<String> services, List<String> models) {
  public Readers {
    services = List.copyOf(services);
    models = List.copyOf(models);
  }

  /** Those among the definitions and models. */
  public static Readers of(
      String view, String feature, Definitions definitions, List<ModelInUse> models) {
    Search search = new Search(definitions, models);
    search.visit(view, feature, "");
    return new Readers(List.copyOf(search.services), List.copyOf(search.reading));
  }

  /** Goes from a feature to what is computed of it, the nearest first. */
  private static final class Search {
    private final Definitions definitions;
    private final List<ModelInUse> models;
    private final Set<String> services = new LinkedHashSet<>();
    private final Set<String> reading = new LinkedHashSet<>();
    private final Set<String> visited = new HashSet<>();

    Search(Definitions definitions, List<ModelInUse> models) {
      this.definitions = definitions;
      this.models = models;
    }

    void visit(String view, String feature, String through) {
      if (!visited.add(view + "." + feature)) {
        return;
      }
      for (FeatureService service : definitions.services()) {
        for (ServiceFeature value : service.features()) {
          if (value instanceof ServiceFeature.OfView ofView
              && ofView.view().equals(view)
              && ofView.feature().equals(feature)) {
            services.add(service.name() + " as " + value.name() + through);
            models.stream()
                .filter(m -> m.service().equals(service.name()) && m.reads(value.name()))
                .map(ModelInUse::toString)
                .forEach(reading::add);
          }
        }
      }
      for (FeatureView other : definitions.views()) {
        for (Feature one : other.features()) {
          if (isMadeOf(other, one, view, feature)) {
            visit(other.name(), one.name(), " through " + other.name() + "." + one.name());
          }
        }
      }
    }

    private static boolean isMadeOf(FeatureView view, Feature one, String of, String feature) {
      if (view.name().equals(of)) {
        return one.aggregation() == Aggregation.RATIO
            && (one.input().equals(feature)
                || one.parameters().over().filter(feature::equals).isPresent());
      }
      Set<String> words = one.words();
      words.addAll(view.entity().keys());
      for (Join join : view.joins()) {
        if (join.view().equals(of) && words.contains(JoinedView.columnOf(join, feature))) {
          return true;
        }
      }
      return view.sourceView().filter(of::equals).isPresent() && words.contains(feature);
    }
  }
}
