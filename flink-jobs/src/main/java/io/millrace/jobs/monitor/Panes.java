package io.millrace.jobs.monitor;

import java.io.Serializable;

/**
 * Panes of event time {@code [n * length, (n + 1) * length)}.
 *
 * @param lengthMs above 0
 * @param delayMs how long after its end a pane's rows may still come: 0 for predictions, the
 *     label's horizon for outcomes
 * @param completeness the share of a pane's rows, in [0, 1], that must have an answer before its
 *     performance is reported
 */
public record Panes(long lengthMs, long delayMs, double completeness) implements Serializable {
  public Panes {
    if (lengthMs < 1 || delayMs < 0) {
      throw new IllegalArgumentException(
          "panes of %d ms with a delay of %d ms; give at least 1 and 0"
              .formatted(lengthMs, delayMs));
    }
  }

  /** Panes of predictions, whole as soon as they end. */
  public static Panes ofInputs(long lengthMs) {
    return new Panes(lengthMs, 0, 0);
  }

  /** Panes of outcomes, whole when the label's horizon after their end has passed. */
  public static Panes ofOutcomes(long lengthMs, long horizonMs, double completeness) {
    return new Panes(lengthMs, horizonMs, completeness);
  }

  /** The start of the pane that an instant is in. */
  long startOf(long timeMs) {
    return Math.floorDiv(timeMs, lengthMs) * lengthMs;
  }

  /** The watermark at which a pane is whole. */
  long wholeAtMs(long paneStartMs) {
    return paneStartMs + lengthMs - 1 + delayMs;
  }
}
