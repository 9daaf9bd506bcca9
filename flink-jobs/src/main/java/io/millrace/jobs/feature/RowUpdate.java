package io.millrace.jobs.feature;

import io.millrace.feature.FeatureRow;

/**
 * A row on its way to the stores.
 *
 * @param view the view's position in the definitions
 * @param appendedAtMs when the event behind it was appended to its topic, wall clock; 0 if time
 *     alone changed the values
 * @param order of the event behind it, the last of its instant, as {@link
 *     io.millrace.feature.Position#order}; {@link #NO_EVENT} if time alone changed the values
 */
public record RowUpdate(int view, FeatureRow row, long appendedAtMs, long order) {
  /** The order of no event: no partition has so many. */
  public static final long NO_EVENT = -1;

  /** A row that time alone made. */
  public RowUpdate(int view, FeatureRow row, long appendedAtMs) {
    this(view, row, appendedAtMs, NO_EVENT);
  }
}
