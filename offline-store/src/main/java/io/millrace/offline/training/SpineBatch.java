package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of a walk: events and rows in the order of time, each row before the events of its
 * instant. Filled by one thread; then workers, each for keys of its own, look up for all rows.
 */
final class SpineBatch {
  final List<Event> events = new ArrayList<>();
  final List<Values> carried = new ArrayList<>();
  final List<Values> requests = new ArrayList<>();
  final List<Values> vectors = new ArrayList<>();
  // By the plan's lookup, and by the walk's view.
  private final List<KeyCodes> ofRows;
  private final List<ViewKeys> ofEvents;
  private long[] rowTimes = new long[1024];
  private int[] eventsBefore = new int[1024];

  /** The keys of a view in the events of its source. */
  record ViewKeys(String source, KeyCodes codes) {}

  SpineBatch(List<KeyCodes> ofRows, List<ViewKeys> ofEvents) {
    this.ofRows = ofRows;
    this.ofEvents = ofEvents;
  }

  /** For each lookup of the plan and each row the values, null where nothing is known. */
  Values[][] found;

  /** Up to the end of this batch. */
  long eventsRead;

  void add(Event event) {
    for (ViewKeys view : ofEvents) {
      view.codes().add(events.size(), event.source().equals(view.source()) ? event.values() : null);
    }
    events.add(event);
  }

  /** The keys of the rows for a lookup of the plan. */
  KeyCodes ofRows(int lookup) {
    return ofRows.get(lookup);
  }

  /** The keys of the events for a view of the walk. */
  KeyCodes ofEvents(int view) {
    return ofEvents.get(view).codes();
  }

  void add(long atMs, Values request, Values carriedOver) {
    int row = requests.size();
    if (row == rowTimes.length) {
      rowTimes = java.util.Arrays.copyOf(rowTimes, row * 2);
      eventsBefore = java.util.Arrays.copyOf(eventsBefore, row * 2);
    }
    for (KeyCodes keys : ofRows) {
      keys.add(row, request);
    }
    rowTimes[row] = atMs;
    eventsBefore[row] = events.size();
    requests.add(request);
    carried.add(carriedOver);
    vectors.add(null);
  }

  void close(int lookups, long eventsSoFar) {
    eventsRead = eventsSoFar;
    found = new Values[lookups][requests.size()];
  }

  int rows() {
    return requests.size();
  }

  long timeMs(int row) {
    return rowTimes[row];
  }

  /** How many events of the batch come before a row. */
  int eventsBefore(int row) {
    return eventsBefore[row];
  }
}
