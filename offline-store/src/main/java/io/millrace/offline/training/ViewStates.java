package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.window.ViewAggregator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** The engine's state of every key of one view. Not thread-safe. */
public final class ViewStates {
  private final ViewAggregator aggregator;
  private final Map<String, byte[]> states = new HashMap<>();
  private long addedSinceExpiry;

  public ViewStates(ViewAggregator aggregator) {
    this.aggregator = aggregator;
  }

  /** Adds one event; one without a key is passed over. */
  public void add(Event event) {
    String key = aggregator.keys().keyTextOf(event.values());
    if (key != null) {
      byte[] contribution = aggregator.contribution(event.values());
      byte[] state = states.getOrDefault(key, ViewAggregator.EMPTY);
      byte[] added = aggregator.add(state, event.timeMs(), event.position().order(), contribution);
      if (added != state) {
        states.put(key, added);
      }
      addedSinceExpiry++;
    }
  }

  /** The values of a key, or null if the key is null or was never seen. */
  public Values valuesAt(String key, long asOfMs) {
    byte[] state = key == null ? null : states.get(key);
    return state == null ? null : aggregator.valuesAt(state, asOfMs);
  }

  /**
   * Forgets what no window as of the instant or later sees, if enough was added since the last
   * time: then going through all keys costs no more than adding did.
   */
  void expireIfDue(long asOfMs) {
    if (addedSinceExpiry < 2L * states.size()) {
      return;
    }
    addedSinceExpiry = 0;
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
