package io.millrace.feature;

import java.util.List;
import java.util.function.Function;

/**
 * All that is defined in one place, already checked: every name that refers to another resolves,
 * every expression compiles. Equal content makes equal definitions, whether from files or from
 * code.
 */
public record Definitions(
    List<EventSource> sources, List<FeatureView> views, List<FeatureService> services) {
  public Definitions {
    sources = List.copyOf(sources);
    views = List.copyOf(views);
    services = List.copyOf(services);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public EventSource source(String name) {
    return byName(sources, EventSource::name, "event source", name);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public FeatureView view(String name) {
    return byName(views, FeatureView::name, "feature view", name);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public FeatureService service(String name) {
    return byName(services, FeatureService::name, "feature service", name);
  }

  private static <T> T byName(List<T> all, Function<T, String> nameOf, String kind, String name) {
    return all.stream()
        .filter(one -> nameOf.apply(one).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no "
                        + kind
                        + " is named "
                        + name
                        + "; there are "
                        + all.stream().map(nameOf).toList()));
  }
}
