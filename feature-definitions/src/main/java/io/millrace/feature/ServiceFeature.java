package io.millrace.feature;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** One value of a service's vector. */
public sealed interface ServiceFeature {
  /** The name in the vector. */
  String name();

  /**
   * A view's feature.
   *
   * @param as what stands for the view in the vector's name, so that one view can be read under two
   *     mappings of its keys; the view's own name unless said otherwise
   * @param keys the view's key column to the request's column that holds it; columns not named are
   *     read from the request's column of the same name
   */
  record OfView(String view, String as, String feature, Map<String, String> keys)
      implements ServiceFeature {
    public OfView {
      // In one order, since the definitions' hash is made of the text.
      keys = Collections.unmodifiableMap(new TreeMap<>(keys));
    }

    /** A view's feature under the view's own name. */
    public OfView(String view, String feature, Map<String, String> keys) {
      this(view, view, feature, keys);
    }

    @Override
    public String name() {
      return as + "__" + feature;
    }
  }

  /**
   * A value computed when asked.
   *
   * @param expression over the request's columns and the features listed before it, by their names
   *     in the vector: {@code sched_elapsed_min - route__mean_delay_7d}. Where a feature has the
   *     name of a column, the column is meant.
   */
  record Computed(String name, String expression) implements ServiceFeature {}
}
