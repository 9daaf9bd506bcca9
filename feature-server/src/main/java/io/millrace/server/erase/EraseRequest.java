package io.millrace.server.erase;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.erasure.Subject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * What is asked for.
 *
 * @param subject whom
 * @param sources those whose events have it
 * @param services whose topics may have it
 * @param jobs that must obey beside those that have noted themselves in the store, as they call
 *     themselves: {@code features delay_v1}
 * @param checkpoints folders of the jobs' checkpoints and savepoints, to be looked through for old
 *     ones
 * @param until the last event time that is refused for ever
 * @param requestedBy who asked
 * @param reason why, in words
 * @param patience how long for each answer of the jobs
 */
public record EraseRequest(
    Subject subject,
    List<EventSource> sources,
    List<String> services,
    List<String> jobs,
    List<Path> checkpoints,
    Instant until,
    String requestedBy,
    String reason,
    Duration patience) {
  /**
   * Finds whom a column and a value mean.
   *
   * @throws IllegalArgumentException if no definition has the column as a key, naming those that
   *     are, or the value is not of its type
   */
  public static Subject subject(Definitions definitions, String column, String value) {
    Optional<ValueType> type = Optional.empty();
    TreeSet<String> keys = new TreeSet<>();
    for (ViewNode node : ViewGraph.of(definitions).asDefined()) {
      keys.addAll(node.view().entity().keys());
      if (node.view().entity().keys().contains(column)) {
        type = Optional.of(typeOf(column, node.events()));
      }
    }
    if (type.isEmpty()) {
      throw new IllegalArgumentException(
          "no view has a key column " + column + "; the key columns are " + keys);
    }
    return Subject.of(column, value, type.get());
  }

  private static ValueType typeOf(String column, RowSchema events) {
    OptionalInt index = events.indexOf(column);
    return events.field(index.orElseThrow()).type();
  }

  /** How the job calls itself that watches a service. */
  public static String monitorOf(String service) {
    return "monitor " + service;
  }

  /** The sources of a subject's column. */
  public static List<EventSource> sourcesOf(Definitions definitions, Subject subject) {
    return definitions.sources().stream()
        .filter(source -> source.schema().indexOf(subject.column()).isPresent())
        .toList();
  }
}
