package io.millrace.feature.plan;

import io.millrace.feature.Definitions;
import java.util.List;

/**
 * All that changes from one set of definitions to another; what stays is listed too. {@link
 * Comparison#between} makes it.
 */
public record Changes(
    Definitions before,
    Definitions after,
    List<SourceChange> sources,
    List<ViewChange> views,
    List<ServiceChange> services) {
  public Changes {
    sources = List.copyOf(sources);
    views = List.copyOf(views);
    services = List.copyOf(services);
  }

  /** Whether nothing that values depend on changes. */
  public boolean none() {
    return sources.stream().allMatch(s -> s.kind() == ChangeKind.UNCHANGED)
        && views.stream().allMatch(v -> v.kind() == ChangeKind.UNCHANGED)
        && services.stream().allMatch(s -> s.kind() == ChangeKind.UNCHANGED);
  }
}
