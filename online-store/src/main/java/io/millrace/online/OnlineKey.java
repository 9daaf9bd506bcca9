package io.millrace.online;

import io.millrace.feature.EntityKey;
import java.util.Objects;

/**
 * What is looked up: a view's values for one key.
 *
 * @param view the view's {@link io.millrace.feature.FeatureView#id}
 */
public record OnlineKey(String view, EntityKey key) {
  public OnlineKey {
    Objects.requireNonNull(view, "view");
    Objects.requireNonNull(key, "key");
  }
}
