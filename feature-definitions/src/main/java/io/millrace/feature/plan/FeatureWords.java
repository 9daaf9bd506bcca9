package io.millrace.feature.plan;

import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import java.util.stream.Collectors;

/** What a feature computes, as people say it. */
public final class FeatureWords {
  private FeatureWords() {}

  /** Aggregation, input and parameters: {@code top_k arr_delay_min, k 3}. */
  public static String computation(Feature feature) {
    String parameters = parameters(feature.parameters());
    return feature.aggregation().word()
        + " "
        + feature.input()
        + (parameters.isEmpty() ? "" : ", " + parameters);
  }

  /** The parameters that are given; empty if none is. */
  static String parameters(AggregationParameters parameters) {
    return Differences.of(AggregationParameters.NONE, parameters).entrySet().stream()
        .map(given -> given.getKey() + " " + given.getValue())
        .collect(Collectors.joining(", "));
  }
}
