package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.window.ViewAggregator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** The engine's state of every key of one view. */
final class ViewStates {
  private final ViewAggregator aggregator;
  private final Map<String, byte[]> states = new HashMap<>();

  ViewStates(ViewAggregator aggregator) {
    this.aggregator = aggregator;
  }

  void add(Event event) {
    String key = aggregator.keys().keyTextOf(event.values());
    if (key != null) {
      byte[] contribution = aggregator.contribution(event.values());
      byte[] state = states.getOrDefault(key, ViewAggregator.EMPTY);
      byte[] added = aggregator.add(state, event.timeMs(), event.position().order(), contribution);
      if (added != state) {
        states.put(key, added);
      }
    }
  }

  /** The values of a key, or null if the key is null or was never seen. */
  Values valuesAt(String key, long asOfMs) {
    byte[] state = key == null ? null : states.get(key);
    return state == null ? null : aggregator.valuesAt(state, asOfMs);
  }

  /** Forgets what no window as of the instant or later sees. */
  void expire(long asOfMs) {
    Iterator<Map.Entry<String, byte[]>> entries = states.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, byte[]> entry = entries.next();
      byte[] left = aggregator.expire(entry.getValue(), asOfMs);
      if (left.length == 0) {
        entries.remove();
      } else {
        entry.setValue(left);
      }
    }
  }
}
