package io.millrace.feature;

import java.util.Map;

/** One value of a service's vector. */
public sealed interface ServiceFeature {
  /** The name in the vector. */
  String name();

  /**
   * A view's feature.
   *
   * @param keys the view's key column to the request's column that holds it; columns not named are
   *     read from the request's column of the same name
   */
  record OfView(String view, String feature, Map<String, String> keys) implements ServiceFeature {
    public OfView {
      keys = Map.copyOf(keys);
    }

    @Override
    public String name() {
      return view + "__" + feature;
    }
  }

  /** A value computed when asked, from the request and the features listed before it. */
  record Computed(String name, String expression) implements ServiceFeature {}
}
