package io.millrace.feature;

import java.util.List;
import java.util.Optional;

/**
 * The ordered list of features, over several views, that one model or caller reads.
 *
 * @param request the source whose events ask for a score
 */
public record FeatureService(
    String name, String request, List<ServiceFeature> features, Optional<Label> label) {
  public FeatureService {
    features = List.copyOf(features);
  }
}
