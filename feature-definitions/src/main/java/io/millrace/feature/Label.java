package io.millrace.feature;

import java.time.Duration;
import java.util.List;

/**
 * What came of a request.
 *
 * @param source the source whose event tells
 * @param on the columns, in the request and in that source, that pair them
 * @param value a BOOL expression over that event; null means the request has no label
 * @param horizon how long after the request the event is waited for
 */
public record Label(String source, List<String> on, String value, Duration horizon) {
  public Label {
    on = List.copyOf(on);
  }
}
