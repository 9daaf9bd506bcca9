package io.millrace.inference.policy;

import java.io.Serializable;
import java.time.Duration;

/**
 * How readily a model is trained again. All durations are of event time.
 *
 * @param enterPanes so many suspicious panes among the last {@code ofPanes} lead to a request
 * @param ofPanes how many panes are looked back at
 * @param leavePanes with no more suspicious panes than these a suspected model is healthy again;
 *     below {@code enterPanes}
 * @param coolDown how long after a retraining none is asked for; doubles with each one in a row
 *     that brought no champion
 * @param maxBackOff the longest such wait
 * @param budget how many retrainings may be asked for within {@code budgetPeriod}
 * @param budgetPeriod the time in which a used up budget is whole again
 * @param acceptedAfter after so many panes in a row that a fault of the data clouds, the fault is
 *     the source's new normal: a degradation then counts beside it. 0, the default, for never: then
 *     only people can say so, by asking for a retraining by hand
 * @param renewedAfter a version whose reference had to borrow is renewed when it has answered so
 *     many panes whose labels are complete; 0 for never
 */
public record PolicyOptions(
    int enterPanes,
    int ofPanes,
    int leavePanes,
    Duration coolDown,
    Duration maxBackOff,
    int budget,
    Duration budgetPeriod,
    int acceptedAfter,
    int renewedAfter)
    implements Serializable {
  private static final int MOST_PANES = 1000;

  /** As many panes as a reference that need not borrow has. */
  private static final int RENEWED_AFTER = 12;

  public PolicyOptions {
    if (enterPanes < 1 || ofPanes < enterPanes || ofPanes > MOST_PANES) {
      throw new IllegalArgumentException(
          "%d of %d panes lead to a request; give 1 <= m <= k <= %d"
              .formatted(enterPanes, ofPanes, MOST_PANES));
    }
    if (leavePanes < 0 || leavePanes >= enterPanes) {
      throw new IllegalArgumentException(
          "a model is healthy again at %d suspicious panes, but suspected at %d; give fewer, from 0"
              .formatted(leavePanes, enterPanes));
    }
    if (coolDown.isNegative() || maxBackOff.compareTo(coolDown) < 0) {
      throw new IllegalArgumentException(
          "the cool-down is %s and the longest back-off %s; give 0 <= cool-down <= back-off"
              .formatted(coolDown, maxBackOff));
    }
    if (acceptedAfter < 0) {
      throw new IllegalArgumentException(
          "faults are accepted after %d panes; give 0 for never, or more".formatted(acceptedAfter));
    }
    if (renewedAfter < 0) {
      throw new IllegalArgumentException(
          "versions are renewed after %d panes; give 0 for never, or more".formatted(renewedAfter));
    }
    if (budget < 1 || budgetPeriod.isNegative() || budgetPeriod.isZero()) {
      throw new IllegalArgumentException(
          "the budget is %d in %s; give at least 1 in a time above 0"
              .formatted(budget, budgetPeriod));
    }
  }

  /**
   * That accepts no fault of the data, however long it lasts, and renews after 12 panes what learnt
   * from little.
   */
  public PolicyOptions(
      int enterPanes,
      int ofPanes,
      int leavePanes,
      Duration coolDown,
      Duration maxBackOff,
      int budget,
      Duration budgetPeriod) {
    this(
        enterPanes,
        ofPanes,
        leavePanes,
        coolDown,
        maxBackOff,
        budget,
        budgetPeriod,
        0,
        RENEWED_AFTER);
  }

  /** The same, but for how lasting a fault is accepted. */
  public PolicyOptions withAcceptedAfter(int panes) {
    return new PolicyOptions(
        enterPanes,
        ofPanes,
        leavePanes,
        coolDown,
        maxBackOff,
        budget,
        budgetPeriod,
        panes,
        renewedAfter);
  }

  /** The same, but for how soon a version is renewed that learnt from little. */
  public PolicyOptions withRenewedAfter(int panes) {
    return new PolicyOptions(
        enterPanes,
        ofPanes,
        leavePanes,
        coolDown,
        maxBackOff,
        budget,
        budgetPeriod,
        acceptedAfter,
        panes);
  }

  /**
   * 2 of 3 panes, healthy again at none; a cool-down of 14 days, at most 112 after failures; 4
   * retrainings in 56 days; renewed after 12 panes.
   */
  public static PolicyOptions defaults() {
    return new PolicyOptions(
        2, 3, 0, Duration.ofDays(14), Duration.ofDays(112), 4, Duration.ofDays(56));
  }
}
