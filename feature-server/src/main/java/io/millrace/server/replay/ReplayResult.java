package io.millrace.server.replay;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a replay sent; the broker has acknowledged all of it.
 *
 * @param events how many of each replayed source, zero included
 * @param first the time of the first event, empty when there was none
 * @param last the time of the last event, empty when there was none
 * @param elapsed how long it took
 */
public record ReplayResult(
    Map<String, Long> events, Optional<Instant> first, Optional<Instant> last, Duration elapsed) {
  public ReplayResult {
    events = Map.copyOf(events);
  }

  /** The events of all sources. */
  public long total() {
    return events.values().stream().mapToLong(Long::longValue).sum();
  }
}
