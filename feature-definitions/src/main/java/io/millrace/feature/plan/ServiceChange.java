package io.millrace.feature.plan;

import java.util.List;

/**
 * What became of one feature service.
 *
 * @param breaking what changes for whoever reads a value by its name
 * @param additions names of values that the vector gains, and whether their order changes: it
 *     matters to models only, which read by position
 */
public record ServiceChange(
    String name, ChangeKind kind, List<String> breaking, List<String> additions) {
  public ServiceChange {
    breaking = List.copyOf(breaking);
    additions = List.copyOf(additions);
  }
}
