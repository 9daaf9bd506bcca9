package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.KeyReader;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.ViewAggregator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The states of some of the keys of a view that builds on no other, and the lookups of it. One
 * thread at a time.
 */
final class KeyStates implements SpineWorker {
  /** A state, to be replaced without another search for its key. */
  private static final class State {
    private byte[] bytes = ViewAggregator.EMPTY;
  }

  /** A lookup of the plan, by its number. */
  record Lookup(int number, KeyReader keys) {}

  private final ViewAggregator aggregator;
  private final String source;
  private final Lookup[] lookups;
  private final int part;
  private final int parts;
  private final Map<String, State> states = new HashMap<>();
  private long addedSinceExpiry;

  /**
   * @param part of {@code parts} shares of the keys
   */
  KeyStates(ViewAggregator aggregator, List<Lookup> lookups, int part, int parts) {
    this.aggregator = aggregator;
    this.source = aggregator.view().source();
    this.lookups = lookups.toArray(Lookup[]::new);
    this.part = part;
    this.parts = parts;
  }

  /** The lookups of a plan that read a view. */
  static List<Lookup> lookupsOf(VectorPlan plan, String view) {
    return java.util.stream.IntStream.range(0, plan.lookups().size())
        .filter(i -> plan.lookups().get(i).view().name().equals(view))
        .mapToObj(i -> new Lookup(i, plan.lookups().get(i).keys()))
        .toList();
  }

  @Override
  public void work(SpineBatch batch) {
    int next = 0;
    for (int row = 0; row < batch.rows(); row++) {
      for (int until = batch.eventsBefore(row); next < until; next++) {
        add(batch.events.get(next));
      }
      for (Lookup lookup : lookups) {
        String key = lookup.keys().keyTextOf(batch.requests.get(row));
        State state = isOwn(key) ? states.get(key) : null;
        if (state != null) {
          batch.found[lookup.number()][row] = aggregator.valuesAt(state.bytes, batch.timeMs(row));
        }
      }
    }
    for (; next < batch.events.size(); next++) {
      add(batch.events.get(next));
    }
  }

  private void add(Event event) {
    if (!event.source().equals(source)) {
      return;
    }
    String key = aggregator.keys().keyTextOf(event.values());
    if (!isOwn(key)) {
      return;
    }
    State state = states.get(key);
    if (state == null) {
      state = new State();
      states.put(key, state);
    }
    state.bytes =
        aggregator.add(
            state.bytes,
            event.timeMs(),
            event.position().order(),
            aggregator.contribution(event.values()));
    addedSinceExpiry++;
  }

  private boolean isOwn(String key) {
    return key != null && (parts == 1 || Math.floorMod(spread(key.hashCode()), parts) == part);
  }

  private static int spread(int hash) {
    return hash ^ (hash >>> 15) ^ (hash >>> 7);
  }

  @Override
  public void expire(long asOfMs) {
    // Then going through all keys costs no more than adding did.
    if (addedSinceExpiry < 2L * states.size()) {
      return;
    }
    addedSinceExpiry = 0;
    Iterator<State> all = states.values().iterator();
    while (all.hasNext()) {
      State state = all.next();
      state.bytes = aggregator.expire(state.bytes, asOfMs);
      if (state.bytes.length == 0) {
        all.remove();
      }
    }
  }
}
