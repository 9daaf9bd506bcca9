package io.millrace.feature.erasure;

import java.util.List;
import java.util.Objects;

/**
 * A subtask's word that it obeyed an erasure, given when the first checkpoint without the subject
 * is complete; again after each restart.
 *
 * @param erasureId which
 * @param phase of the record that it obeyed
 * @param job whose, such as {@code features delay_v1}
 * @param operator its name in the job
 * @param subtask from 0
 * @param parallelism how many subtasks the operator has
 * @param operators all operators of the job that acknowledge
 * @param checkpoint that was completed without the subject; 0 of an operator that keeps no state
 * @param removed how many states, rows or messages of the subject it dropped since it started
 * @param takenAtMs when that checkpoint was taken, wall clock
 */
public record ErasureAck(
    String erasureId,
    Erasure.Phase phase,
    String job,
    String operator,
    int subtask,
    int parallelism,
    List<String> operators,
    long checkpoint,
    long removed,
    long takenAtMs) {
  public ErasureAck {
    Objects.requireNonNull(erasureId, "erasureId");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(job, "job");
    Objects.requireNonNull(operator, "operator");
    operators = List.copyOf(operators);
    if (subtask < 0 || subtask >= parallelism) {
      throw new IllegalArgumentException(
          "subtask " + subtask + " of " + parallelism + " of " + operator);
    }
  }
}
