package io.millrace.feature.plan;

import java.util.List;

/**
 * What became of one event source.
 *
 * @param differences as {@code what: before -> after}
 * @param changesEvents whether the same records of the past make other events than before, or are
 *     let in otherwise, so that values may differ where no view has changed
 */
public record SourceChange(
    String name, ChangeKind kind, List<String> differences, boolean changesEvents) {
  public SourceChange {
    differences = List.copyOf(differences);
  }
}
