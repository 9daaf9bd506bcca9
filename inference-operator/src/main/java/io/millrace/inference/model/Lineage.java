package io.millrace.inference.model;

import java.util.Map;
import java.util.Objects;

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
    long trainMillis) {
  public Lineage {
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(definitionsHash, "definitionsHash");
    Objects.requireNonNull(trainer, "trainer");
    params = Map.copyOf(params);
  }
}
