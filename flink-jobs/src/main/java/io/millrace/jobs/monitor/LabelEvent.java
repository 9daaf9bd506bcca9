package io.millrace.jobs.monitor;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Word of what came of the requests with a key.
 *
 * @param requestKey as {@link io.millrace.feature.Prediction#requestKey()}
 * @param timeMs event time
 * @param label empty if the event tells that there is none
 * @param order the {@link io.millrace.feature.Position#order} of the event; empty if it comes from
 *     a checkpoint that did not keep it
 */
record LabelEvent(String requestKey, long timeMs, Optional<Boolean> label, OptionalLong order) {
  /** Whether, of two events of one instant, this one is the first in the total order. */
  boolean isBefore(LabelEvent other) {
    return order.orElse(Long.MIN_VALUE) < other.order.orElse(Long.MIN_VALUE);
  }
}
