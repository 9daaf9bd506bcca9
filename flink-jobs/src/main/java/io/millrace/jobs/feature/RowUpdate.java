package io.millrace.jobs.feature;

import io.millrace.feature.FeatureRow;

/**
 * A row on its way to the stores.
 *
 * @param view the view's position in the definitions
 * @param appendedAtMs when the event behind it was appended to its topic, wall clock; 0 if time
 *     alone changed the values
 */
public record RowUpdate(int view, FeatureRow row, long appendedAtMs) {}
