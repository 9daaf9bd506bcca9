package io.millrace.jobs.monitor;

import java.io.Serializable;

/**
 * Panes of event time {@code [n * length, (n + 1) * length)}.
 *
 * @param lengthMs above 0
 * @param delayMs how long after its end a pane's rows may still come: 0 for predictions, the
 *     label's horizon for outcomes
 */
public record Panes(long lengthMs, long delayMs) implements Serializable {
  public Panes {
    if (lengthMs < 1 || delayMs < 0) {
      throw new IllegalArgumentException(
          "panes of %d ms with a delay of %d ms; give at least 1 and 0"
              .formatted(lengthMs, delayMs));
    }
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
