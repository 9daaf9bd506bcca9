package io.millrace.inference.model;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a model comes from: enough to train it again.
 *
 * @param service the feature service whose vectors it reads
 * @param definitionsHash of the definitions that the training set was computed with
 * @param trainer what trained it, with its version
 * @param seed of the trainer
 * @param params of the trainer, by the trainer's own names
 * @param rows of the training set
 * @param positives how many of them were true
 * @param fromMs the earliest request time of the training set
 * @param toMs the latest
 * @param heldOutFromMs rows from this time on did not teach but said when to stop; {@code
 *     Long.MAX_VALUE} if none
 * @param rounds how many trees were grown
 * @param bestRounds how many of them the model keeps
 * @param trainMillis how long the trainer's process ran
 * @param requestId of the retraining that asked for it; empty if a person did
 * @param snapshot the events that the training set was made from; empty if unknown
 */
public record Lineage(
    String service,
    String definitionsHash,
    String trainer,
    long seed,
    Map<String, String> params,
    long rows,
    long positives,
    long fromMs,
    long toMs,
    long heldOutFromMs,
    int rounds,
    int bestRounds,
    long trainMillis,
    String requestId,
    Optional<Snapshot> snapshot) {
  /**
   * Which events a training set was made from.
   *
   * @param eventsFromMs event time of the first event that was read
   * @param eventsToMs events from this event time on were not read
   * @param knownUntilMs events that became known from this time on were not used
   * @param offsets the first offset not read, by topic and partition as {@code flights-0}; empty if
   *     the events came from files
   * @param tables by source the snapshot of its table in the offline store that was read; empty if
   *     none was
   */
  public record Snapshot(
      long eventsFromMs,
      long eventsToMs,
      long knownUntilMs,
      Map<String, Long> offsets,
      Map<String, Long> tables) {
    public Snapshot {
      offsets = Map.copyOf(offsets);
      tables = Map.copyOf(tables);
      if (eventsFromMs > eventsToMs) {
        throw new IllegalArgumentException(
            "a snapshot of the events from " + eventsFromMs + " to " + eventsToMs);
      }
    }
  }

  public Lineage {
    Objects.requireNonNull(requestId, "requestId");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(definitionsHash, "definitionsHash");
    Objects.requireNonNull(trainer, "trainer");
    params = Map.copyOf(params);
  }
}
