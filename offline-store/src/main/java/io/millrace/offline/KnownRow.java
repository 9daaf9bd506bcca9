package io.millrace.offline;

import io.millrace.feature.FeatureRow;
import java.util.OptionalLong;

/**
 * A view's row with the moment from which it was known and the event that made it.
 *
 * @param knowledgeMs when the event was appended to its topic, or, of a row that time alone made,
 *     when it was made, wall clock
 * @param order the {@link io.millrace.feature.Position#order} of the event that made it, the last
 *     of its instant; empty if time alone did
 */
public record KnownRow(FeatureRow row, long knowledgeMs, OptionalLong order) {}
