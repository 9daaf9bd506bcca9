package io.millrace.server.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureService;
import io.millrace.feature.ServiceFeature;
import io.millrace.feature.plan.ModelInUse;
import java.util.ArrayList;
import java.util.List;

/**
 * Who reads a feature of a view.
 *
 * @param services as {@code delay_v1 as route__mean_delay_7d}
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
    List<String> services = new ArrayList<>();
    List<String> reading = new ArrayList<>();
    for (FeatureService service : definitions.services()) {
      for (ServiceFeature value : service.features()) {
        if (value instanceof ServiceFeature.OfView ofView
            && ofView.view().equals(view)
            && ofView.feature().equals(feature)) {
          services.add(service.name() + " as " + value.name());
          models.stream()
              .filter(model -> model.service().equals(service.name()) && model.reads(value.name()))
              .map(ModelInUse::toString)
              .filter(model -> !reading.contains(model))
              .forEach(reading::add);
        }
      }
    }
    return new Readers(services, reading);
  }
}
