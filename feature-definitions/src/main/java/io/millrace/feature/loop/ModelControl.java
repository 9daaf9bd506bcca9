package io.millrace.feature.loop;

import java.util.Objects;

/**
 * Which versions of a model play which role. On the compacted topic {@code model-control}, keyed by
 * the model: each record is the whole state, so the last one is enough.
 *
 * <p>A subtask applies a record if its epoch is above that of the one it holds: last writer wins by
 * epoch, never by arrival.
 *
 * @param model the model's name
 * @param epoch rises with each record of a model, from 1
 * @param op what this record changes
 * @param champion the version that serves
 * @param previous the version that served before and stays loaded; 0 if there is none
 * @param candidate the version that is loaded and shadows the champion; 0 if there is none
 * @param reason in words, for people
 * @param atMs wall clock
 */
public record ModelControl(
    String model,
    long epoch,
    Op op,
    int champion,
    int previous,
    int candidate,
    String reason,
    long atMs) {
  /** What a control record changes. */
  public enum Op {
    /** Load, verify and warm the candidate, acknowledge it, and let it shadow the champion. */
    STAGE,
    /** The candidate becomes the champion between two batches. */
    ACTIVATE,
    /** The candidate is dropped. */
    ABORT,
    /** The previous version becomes the champion again. */
    ROLLBACK
  }

  public ModelControl {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(op, "op");
    Objects.requireNonNull(reason, "reason");
    if (epoch < 1 || champion < 1 || previous < 0 || candidate < 0) {
      throw new IllegalArgumentException(
          "the control record of %s has epoch %d, champion %d, previous %d, candidate %d"
              .formatted(model, epoch, champion, previous, candidate));
    }
    if ((op == Op.STAGE) != (candidate > 0)) {
      throw new IllegalArgumentException(
          "the control record of %s is %s with candidate %d; only STAGE has one"
              .formatted(model, op, candidate));
    }
  }
}
