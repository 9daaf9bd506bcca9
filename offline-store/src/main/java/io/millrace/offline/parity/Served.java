package io.millrace.offline.parity;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import java.util.Set;
import java.util.TreeSet;

/** One sampled prediction, and what is found of it. */
final class Served {
  final String id;
  final String requestKey;
  final String model;
  final int modelVersion;
  final long requestTimeMs;
  final long appendedAtMs;
  final long scoredAtMs;

  /** Null if the prediction's columns are not those of the service. */
  final Values vector;

  /** Those columns, where they are others; else empty. */
  final String otherColumns;

  /** The request, once found among the events. */
  Event request;

  /** The recomputed values of each lookup. */
  final Values[] rows;

  /** The values of views that are not what the events make. */
  final Set<Integer> differing = new TreeSet<>();

  /** Those that a sketch may give, but that are not the exact ones. */
  final Set<Integer> estimated = new TreeSet<>();

  /**
   * @param head the prediction's own columns, as {@link ServedSample} reads them
   */
  Served(ServedSample.Head head, Values vector, String otherColumns, int lookups) {
    this.id = head.id();
    this.requestKey = head.requestKey();
    this.model = head.model();
    this.modelVersion = head.modelVersion();
    this.requestTimeMs = head.requestTimeMs();
    this.appendedAtMs = head.appendedAtMs();
    this.scoredAtMs = head.scoredAtMs();
    this.vector = vector;
    this.otherColumns = otherColumns;
    this.rows = new Values[lookups];
  }

  /** The same as served, to be recomputed by other definitions. */
  Served again(int lookups) {
    Served again =
        new Served(
            new ServedSample.Head(
                id, requestKey, model, modelVersion, requestTimeMs, appendedAtMs, scoredAtMs),
            vector,
            otherColumns,
            lookups);
    again.request = request;
    return again;
  }

  /** Whether there is something to recompute it from. */
  boolean isComparable() {
    return vector != null && request != null;
  }
}
