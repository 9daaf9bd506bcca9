package io.millrace.offline.plan;

import io.millrace.feature.Definitions;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/**
 * Definitions as they were applied.
 *
 * @param number 1 for the first, one more each time
 * @param folder the copy of their files
 * @param variables what {@code ${name}} in them stood for
 */
public record Applied(
    int number, Instant at, Path folder, Map<String, String> variables, Definitions definitions) {
  public Applied {
    variables = Map.copyOf(variables);
  }
}
