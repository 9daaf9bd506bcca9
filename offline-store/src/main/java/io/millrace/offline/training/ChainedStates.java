package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The states of views that build on each other, and the lookups of them. Their keys meet, so that
 * one worker has them all. One thread at a time.
 */
final class ChainedStates implements SpineWorker {
  private final GraphStates states;
  private final Map<String, List<KeyStates.Lookup>> lookups;
  private final List<Event> instant = new ArrayList<>();

  /**
   * @param lookups of each view
   */
  ChainedStates(ViewGraph graph, Map<String, List<KeyStates.Lookup>> lookups) {
    this.states = new GraphStates(graph);
    this.lookups = lookups;
  }

  /** A batch holds all events of an instant or none of them. */
  @Override
  public void work(SpineBatch batch) {
    int next = 0;
    for (int row = 0; row < batch.rows(); row++) {
      next = addUntil(batch, next, batch.eventsBefore(row));
      long atMs = batch.timeMs(row);
      states.advanceTo(atMs);
      for (Map.Entry<String, List<KeyStates.Lookup>> ofView : lookups.entrySet()) {
        ViewStates view = states.of(ofView.getKey());
        for (KeyStates.Lookup lookup : ofView.getValue()) {
          Values request = batch.requests.get(row);
          batch.found[lookup.number()][row] = view.valuesAt(lookup.keys().keyTextOf(request), atMs);
        }
      }
    }
    addUntil(batch, next, batch.events.size());
  }

  private int addUntil(SpineBatch batch, int from, int until) {
    int next = from;
    while (next < until) {
      long timeMs = batch.events.get(next).timeMs();
      while (next < until && batch.events.get(next).timeMs() == timeMs) {
        instant.add(batch.events.get(next++));
      }
      states.advanceTo(timeMs);
      states.add(instant, timeMs);
      instant.clear();
    }
    return next;
  }

  @Override
  public void expire(long asOfMs) {
    states.expireIfDue(asOfMs);
  }
}
