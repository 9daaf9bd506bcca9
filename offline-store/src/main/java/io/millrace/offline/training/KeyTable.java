package io.millrace.offline.training;

import io.millrace.feature.window.ViewAggregator;
import java.util.function.Predicate;

/**
 * Keys to states, by open addressing: a search that finds touches the slot and the state, where a
 * {@link java.util.HashMap} touches an entry too. With millions of keys each touch is a wait for
 * memory, and searches are most of what a walk does. Not thread-safe.
 */
final class KeyTable {
  /** The state of a key, to be replaced without another search. */
  static final class State {
    private final String key;
    byte[] bytes = ViewAggregator.EMPTY;

    private State(String key) {
      this.key = key;
    }
  }

  private static final int SMALLEST = 1 << 10;

  private int[] hashes = new int[SMALLEST];
  private State[] slots = new State[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  /** The hash to search by. */
  static int hashOf(String key) {
    // Fibonacci hashing: the text's own hash has little in its upper bits.
    int hash = key.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 16);
  }

  /** The state of a key, or null if there is none. */
  State find(String key, int hash) {
    int mask = slots.length - 1;
    for (int at = hash & mask; ; at = (at + 1) & mask) {
      State state = slots[at];
      if (state == null || (hashes[at] == hash && state.key.equals(key))) {
        return state;
      }
    }
  }

  /** The state of a key; an empty one if there was none. */
  State findOrAdd(String key, int hash) {
    State found = find(key, hash);
    if (found != null) {
      return found;
    }
    if (2 * (size + 1) > slots.length) {
      rebuild(slots.length * 2, state -> true);
    }
    State added = new State(key);
    put(added, hash);
    return added;
  }

  /** Keeps those that the predicate, called once for each, is true of. */
  void keep(Predicate<State> kept) {
    rebuild(slots.length, kept);
  }

  private void rebuild(int length, Predicate<State> kept) {
    int[] oldHashes = hashes;
    State[] oldSlots = slots;
    hashes = new int[length];
    slots = new State[length];
    size = 0;
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] != null && kept.test(oldSlots[i])) {
        put(oldSlots[i], oldHashes[i]);
      }
    }
  }

  private void put(State state, int hash) {
    int mask = slots.length - 1;
    int at = hash & mask;
    while (slots[at] != null) {
      at = (at + 1) & mask;
    }
    slots[at] = state;
    hashes[at] = hash;
    size++;
  }
}
