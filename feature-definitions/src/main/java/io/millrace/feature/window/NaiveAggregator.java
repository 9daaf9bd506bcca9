package io.millrace.feature.window;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.util.List;

/**
 * The specification as code: every value from a scan of every event, nothing kept. The oracle of
 * the tests and of {@code millrace parity}; too slow for anything else.
 */
public final class NaiveAggregator {
  private NaiveAggregator() {}

  /**
   * The view's values as of an instant from all events of one key, in any order.
   *
   * @param schema the schema of the events
   */
  public static Values valuesAt(
      FeatureView view, RowSchema schema, List<Event> eventsOfKey, long asOfMs) {
    throw new IllegalStateException("no oracle");
  }
}
