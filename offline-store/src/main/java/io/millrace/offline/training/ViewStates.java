package io.millrace.offline.training;

import io.millrace.feature.Values;
import io.millrace.feature.window.ViewAggregator;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** The engine's state of every key of one view. Not thread-safe. */
public final class ViewStates {
  private final ViewAggregator aggregator;
  private final Map<String, byte[]> states = new HashMap<>();
  private long addedSinceExpiry;

  public ViewStates(ViewAggregator aggregator) {
    this.aggregator = aggregator;
  }

  /**
   * @param event the columns of the view's events
   * @return the key that it is about, or null if it is about nobody
   */
  public String add(Values event, long timeMs, long order) {
    String key = aggregator.keys().keyTextOf(event);
    if (key != null) {
      byte[] contribution = aggregator.contribution(event);
      byte[] state = states.getOrDefault(key, ViewAggregator.EMPTY);
      byte[] added = aggregator.add(state, timeMs, order, contribution);
      if (added != state) {
        states.put(key, added);
      }
      addedSinceExpiry++;
    }
    return key;
  }

  /** The keys that have a state, in no order; a view. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(states.keySet());
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
