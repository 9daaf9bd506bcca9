package io.millrace.inference;

import io.millrace.feature.Values;
import java.util.Objects;

/**
 * A vector that asks for a score.
 *
 * @param id the request's position, {@code topic-partition@offset}: one request, one prediction
 * @param requestKey the request's columns that its label is joined on, as an entity key's text
 * @param service whose vector it is
 * @param requestTimeMs the request's event time
 * @param appendedAtMs when the request was appended to its topic, wall clock
 * @param vector in the order of the service's features; must not be changed afterwards
 */
public record ScoreRequest(
    String id,
    String requestKey,
    String service,
    long requestTimeMs,
    long appendedAtMs,
    Values vector) {
  public ScoreRequest {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(requestKey, "requestKey");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(vector, "vector");
  }
}
