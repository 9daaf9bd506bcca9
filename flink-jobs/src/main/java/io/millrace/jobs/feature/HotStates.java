package io.millrace.jobs.feature;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The states of the keys that were used last, on the heap, before a store that is slower: a state
 * that is read again soon is not read from the store, and one that changes often is written to it
 * once. What changed is written when its place is needed, and at {@link #flush}, which belongs
 * before every checkpoint. Least recently used states go first. Not thread-safe.
 *
 * <pre>
 * value(key) -> on the heap?  yes: that array, no copy
 *                             no:  store.read(key), kept
 * update(key, value)          kept, marked as changed
 * flush()                     store.write(key, value) for all that changed; they stay
 * </pre>
 */
final class HotStates {
  /** What lies behind. */
  interface Store {
    /** The state, an array that nobody else changes, or null if there is none. */
    byte[] read(String key) throws Exception;

    /**
     * @param value null to forget the key; it may be changed in place later, if who updates it here
     *     does so
     */
    void write(String key, byte[] value) throws Exception;
  }

  /** What an entry costs beside its array and the characters of its key, in bytes, about. */
  private static final int OVERHEAD = 120;

  /** A state; null if the store has none. */
  private static final class Hot {
    byte[] value;
    boolean changed;
  }

  private final long mostBytes;
  private final Store store;
  private final LinkedHashMap<String, Hot> hot = new LinkedHashMap<>(1_024, 0.75f, true);
  private long bytes;
  private long reads;
  private long misses;

  /**
   * @param mostBytes of arrays and keys, about; 0 keeps one state, the one in use
   */
  HotStates(long mostBytes, Store store) {
    this.mostBytes = mostBytes;
    this.store = store;
  }

  /** The state or null. It may be changed in place if {@link #update} is told of it after. */
  byte[] value(String key) throws Exception {
    reads++;
    Hot entry = hot.get(key);
    if (entry == null) {
      misses++;
      entry = new Hot();
      entry.value = store.read(key);
      hot.put(key, entry);
      bytes += sizeOf(key, entry.value);
      makeRoom();
    }
    return entry.value;
  }

  /**
   * @param value null to forget the key
   */
  void update(String key, byte[] value) throws Exception {
    Hot entry = hot.get(key);
    if (entry == null) {
      entry = new Hot();
      hot.put(key, entry);
    } else {
      bytes -= sizeOf(key, entry.value);
    }
    entry.value = value;
    entry.changed = true;
    bytes += sizeOf(key, value);
    makeRoom();
  }

  private static long sizeOf(String key, byte[] value) {
    return OVERHEAD + key.length() + (value == null ? 0 : value.length);
  }

  private void makeRoom() throws Exception {
    while (bytes > mostBytes && hot.size() > 1) {
      Map.Entry<String, Hot> oldest = hot.entrySet().iterator().next();
      hot.remove(oldest.getKey());
      bytes -= sizeOf(oldest.getKey(), oldest.getValue().value);
      if (oldest.getValue().changed) {
        store.write(oldest.getKey(), oldest.getValue().value);
      }
    }
  }

  /** Writes all that changed; keys that were forgotten leave. */
  void flush() throws Exception {
    List<String> forgotten = new ArrayList<>();
    for (Map.Entry<String, Hot> entry : hot.entrySet()) {
      Hot state = entry.getValue();
      if (state.changed) {
        store.write(entry.getKey(), state.value);
        state.changed = false;
      }
      if (state.value == null) {
        forgotten.add(entry.getKey());
      }
    }
    for (String key : forgotten) {
      hot.remove(key);
      bytes -= sizeOf(key, null);
    }
  }

  /** How many states were asked for. */
  long reads() {
    return reads;
  }

  /** How many of them had to be read from the store. */
  long misses() {
    return misses;
  }
}
