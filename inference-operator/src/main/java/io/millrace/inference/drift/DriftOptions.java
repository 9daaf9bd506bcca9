package io.millrace.inference.drift;

import java.io.Serializable;

/**
 * When a pane of a feature, a pane as a whole, or its performance, counts as drifted. The defaults
 * were chosen on New York 2013 and 2017 and on San Francisco 2020, with the same flights at
 * shuffled times as the control: panes of 7 days, the features equally important. Suspicious were 0
 * of 26 shuffled panes after the reference, 2 of 22 from August to December 2013 (not in
 * succession), all 53 of 2017 (when the weather was missing too, an incident), and in San Francisco
 * none before the collapse of 2020-03-19 and all of the nine weeks from it on.
 *
 * <p>One suspicious pane in 30 is chance where the rows of a week share what happened in it: decide
 * on two of three.
 *
 * @param falseDiscoveryRate the share of features named as drifted that did not, in (0, 1);
 *     Benjamini and Hochberg (1995)
 * @param leastEffect the least population stability index, above what the reference's own panes
 *     show, that is called drift
 * @param leastRows a pane with fewer rows is not judged
 * @param suspiciousImportance the share of the model's gain that drifted features must have
 *     together before the inputs of a pane are suspicious, in (0, 1]
 * @param cloudingImportance from this share of gain on, features with an incident explain what the
 *     scores do: drift of the score and a degradation of the same pane do not count; drift of
 *     features that have no incident still does; in (0, 1]
 * @param incidentImportance from this share of gain on, features with an incident make a pane unfit
 *     to judge or to learn from, in (0, 1]
 * @param performanceLevel the chance of calling a pane degraded whose model is as good as at
 *     training, in (0, 1)
 * @param leastLoss the least excess of log-loss, in nats, that is called degraded
 */
public record DriftOptions(
    double falseDiscoveryRate,
    double leastEffect,
    int leastRows,
    double suspiciousImportance,
    double cloudingImportance,
    double incidentImportance,
    double performanceLevel,
    double leastLoss)
    implements Serializable {
  public DriftOptions {
    requireShare("falseDiscoveryRate", falseDiscoveryRate);
    requireShare("suspiciousImportance", suspiciousImportance);
    requireShare("cloudingImportance", cloudingImportance);
    requireShare("incidentImportance", incidentImportance);
    requireShare("performanceLevel", performanceLevel);
    if (!(leastEffect >= 0) || leastRows < 1 || !(leastLoss >= 0)) {
      throw new IllegalArgumentException(
          "leastEffect %s, leastRows %d, leastLoss %s; none may be negative, and a pane needs a row"
              .formatted(leastEffect, leastRows, leastLoss));
    }
  }

  private static void requireShare(String name, double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(name + " is " + share + "; give a share in (0, 1]");
    }
  }

  /**
   * 1 % false discoveries, effects from 0.1, 300 rows, a quarter of the gain; incidents cloud a
   * pane from a twentieth of the gain on and spoil it from half.
   */
  public static DriftOptions defaults() {
    return new DriftOptions(0.01, 0.1, 300, 0.25, 0.05, 0.5, 0.001, 0.02);
  }
}
