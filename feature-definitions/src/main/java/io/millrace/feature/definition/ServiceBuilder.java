package io.millrace.feature.definition;

import io.millrace.feature.Feature;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Label;
import io.millrace.feature.ServiceFeature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A {@link FeatureService} in code; see {@link DefinitionBuilder}. Not thread-safe. */
public final class ServiceBuilder {
  private final String name;
  private String request = "";
  private final List<ServiceFeature> features = new ArrayList<>();
  private Optional<Label> label = Optional.empty();

  private ServiceBuilder(String name) {
    this.name = name;
  }

  public static ServiceBuilder named(String name) {
    return new ServiceBuilder(name);
  }

  /** The source whose events ask for a score. */
  public ServiceBuilder request(String source) {
    this.request = source;
    return this;
  }

  /** A value computed from the request and the features before it, by their names in the vector. */
  public ServiceBuilder computed(String name, String expression) {
    features.add(new ServiceFeature.Computed(name, expression));
    return this;
  }

  /** A view's feature; {@code *} stands for all of them. */
  public ServiceBuilder feature(String view, String feature) {
    return feature(view, feature, Map.of());
  }

  /**
   * A view's feature, read with other columns of the request.
   *
   * @param keys the view's key column to the request's column
   */
  public ServiceBuilder feature(String view, String feature, Map<String, String> keys) {
    return feature(view, view, feature, keys);
  }

  /**
   * A view's feature under another name than the view's.
   *
   * @param as what stands for the view in the vector's name, {@code as__feature}
   * @param keys the view's key column to the request's column
   */
  public ServiceBuilder feature(String view, String as, String feature, Map<String, String> keys) {
    features.add(new ServiceFeature.OfView(view, as, feature, keys));
    return this;
  }

  /**
   * @param value a BOOL expression over the source's event
   * @param on the columns that pair request and event
   */
  public ServiceBuilder label(String source, String value, Duration horizon, String... on) {
    this.label = Optional.of(new Label(source, List.of(on), value, horizon));
    return this;
  }

  /** The service, with {@code *} put as all features of these views. */
  FeatureService build(List<FeatureView> views) {
    List<ServiceFeature> all = new ArrayList<>();
    for (ServiceFeature feature : features) {
      Optional<FeatureView> view =
          feature instanceof ServiceFeature.OfView ofView && ofView.feature().equals("*")
              ? views.stream().filter(v -> v.name().equals(ofView.view())).findFirst()
              : Optional.empty();
      if (view.isPresent()) {
        ServiceFeature.OfView every = (ServiceFeature.OfView) feature;
        for (Feature one : view.get().features()) {
          all.add(new ServiceFeature.OfView(every.view(), every.as(), one.name(), every.keys()));
        }
      } else {
        all.add(feature);
      }
    }
    return new FeatureService(name, request, all, label);
  }
}
