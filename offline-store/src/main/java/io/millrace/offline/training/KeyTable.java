package io.millrace.offline.training;

import io.millrace.feature.window.ViewAggregator;
import java.util.function.Predicate;

/**
 * Keys to states, by open addressing. With millions of keys each object that a search touches is a
 * wait for memory, and searches are most of what a walk does. So a slot holds a number that is the
 * key itself, if that is short, and else tells nearly all keys apart:
 *
 * <pre>
 * up to 7 characters, each of 1 to 255   the characters, 8 bits each; the highest bit is 0
 * all others                             a hash; the highest bit is 1, and the texts are compared
 * </pre>
 *
 * Not thread-safe.
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
  private static final int LONGEST_PACKED = 7;

  private long[] codes = new long[SMALLEST];
  private State[] slots = new State[SMALLEST];
  private int size;

  int size() {
    return size;
  }

  /** What stands for a key in a slot. */
  static long codeOf(String key) {
    int length = key.length();
    if (length > LONGEST_PACKED) {
      return hashed(key);
    }
    long code = 0;
    for (int i = 0; i < length; i++) {
      int c = key.charAt(i);
      if (c == 0 || c > 0xFF) {
        return hashed(key);
      }
      code = code << 8 | c;
    }
    return code;
  }

  private static long hashed(String key) {
    return mixed(key.hashCode()) | Long.MIN_VALUE;
  }

  /** The bits of a code spread over a whole number, by the finalizer of SplitMix64. */
  static long mixed(long code) {
    long z = (code ^ (code >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * The state of a key, or null if there is none.
   *
   * @param key may be null if the code is the key itself
   */
  State find(String key, long code) {
    int mask = slots.length - 1;
    for (int at = (int) mixed(code) & mask; ; at = (at + 1) & mask) {
      State state = slots[at];
      if (state == null || (codes[at] == code && (code >= 0 || state.key.equals(key)))) {
        return state;
      }
    }
  }

  /**
   * The state of a key; an empty one if there was none.
   *
   * @param key as of {@link #find}
   */
  State findOrAdd(String key, long code) {
    State found = find(key, code);
    if (found != null) {
      return found;
    }
    if (2 * (size + 1) > slots.length) {
      rebuild(slots.length * 2, state -> true);
    }
    State added = new State(key);
    put(added, code);
    return added;
  }

  /** Keeps those that the predicate, called once for each, is true of. */
  void keep(Predicate<State> kept) {
    rebuild(slots.length, kept);
  }

  private void rebuild(int length, Predicate<State> kept) {
    long[] oldCodes = codes;
    State[] oldSlots = slots;
    codes = new long[length];
    slots = new State[length];
    size = 0;
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] != null && kept.test(oldSlots[i])) {
        put(oldSlots[i], oldCodes[i]);
      }
    }
  }

  private void put(State state, long code) {
    int mask = slots.length - 1;
    int at = (int) mixed(code) & mask;
    while (slots[at] != null) {
      at = (at + 1) & mask;
    }
    slots[at] = state;
    codes[at] = code;
    size++;
  }
}
