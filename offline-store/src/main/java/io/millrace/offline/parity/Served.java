package io.millrace.offline.parity;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import java.util.Set;
import java.util.TreeSet;

/** One sampled prediction, and what is found of it. */
final class Served {
  final String id;
  final String requestKey;
  final long requestTimeMs;
  final long appendedAtMs;
  final long scoredAtMs;

  /** Null if the prediction's columns are not those of the service. */
  final Values vector;

  /** The request, once found among the events. */
  Event request;

  /** The recomputed values of each lookup. */
  final Values[] rows;

  /** The values of views that are not what the events make. */
  final Set<Integer> differing = new TreeSet<>();

  /** Those that a sketch may give, but that are not the exact ones. */
  final Set<Integer> estimated = new TreeSet<>();

  Served(
      String id,
      String requestKey,
      long requestTimeMs,
      long appendedAtMs,
      long scoredAtMs,
      Values vector,
      int lookups) {
    this.id = id;
    this.requestKey = requestKey;
    this.requestTimeMs = requestTimeMs;
    this.appendedAtMs = appendedAtMs;
    this.scoredAtMs = scoredAtMs;
    this.vector = vector;
    this.rows = new Values[lookups];
  }
}
