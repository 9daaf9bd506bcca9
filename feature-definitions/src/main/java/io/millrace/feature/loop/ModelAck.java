package io.millrace.feature.loop;

import java.util.Objects;

/**
 * What a scoring subtask made of a control record; on the topic {@code model-status}. The subtasks
 * repeat it after a restart.
 *
 * @param model the model's name
 * @param epoch of the control record
 * @param version the candidate for {@link ModelControl.Op#STAGE}, else the champion
 * @param subtask from 0
 * @param subtasks how many there are
 * @param ready whether the version is loaded, verified and warm, or serves
 * @param detail why it is not ready; empty if it is
 * @param loadMillis how long loading, verifying and warming took
 * @param atMs wall clock
 */
public record ModelAck(
    String model,
    long epoch,
    int version,
    int subtask,
    int subtasks,
    boolean ready,
    String detail,
    long loadMillis,
    long atMs) {
  public ModelAck {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(detail, "detail");
  }
}
