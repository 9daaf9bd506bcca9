package io.millrace.jobs.feature;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The states of the keys that were used last, on the heap, before a store that is slower: a state
 * that is read again soon is not read from the store, and one that changes often is written to it
 * once. What changed is written when its place is needed, and at {@link #flush}, which belongs
 * before every checkpoint. Least recently used states go first. Not thread-safe.
 *
 * <pre>
 * state(key) -> on the heap?  yes: that array, no copy
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

  /** A state on the heap, until another one is asked for; its value is null if there is none. */
  static final class Hot {
    private final String key;
    private byte[] value;
    private boolean changed;
    private Object note;
    private int noteBytes;

    private Hot(String key) {
      this.key = key;
    }

    /** One and the same text while it is here. */
    String key() {
      return key;
    }

    /** It may be changed in place if {@link HotStates#update} is told of it after. */
    byte[] value() {
      return value;
    }

    /** What was noted of the state while it is here, or null. */
    Object note() {
      return note;
    }
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
    return state(key).value;
  }

  /** The state, which is the last to go until another one is asked for. */
  Hot state(String key) throws Exception {
    reads++;
    Hot entry = hot.get(key);
    if (entry == null) {
      misses++;
      entry = new Hot(key);
      entry.value = store.read(key);
      hot.put(key, entry);
      bytes += sizeOf(entry);
      makeRoom();
    }
    return entry;
  }

  /** Notes what is worth nothing without the state; it goes with it. */
  void note(Hot entry, Object note, int noteBytes) throws Exception {
    bytes += noteBytes - entry.noteBytes;
    entry.note = note;
    entry.noteBytes = noteBytes;
    makeRoom();
  }

  /**
   * @param value null to forget the key
   */
  void update(String key, byte[] value) throws Exception {
    Hot entry = hot.get(key);
    if (entry == null) {
      entry = new Hot(key);
      hot.put(key, entry);
      bytes += sizeOf(entry);
    }
    update(entry, value);
  }

  /**
   * @param entry the last one asked for
   */
  void update(Hot entry, byte[] value) throws Exception {
    bytes -= sizeOf(entry);
    entry.value = value;
    entry.changed = true;
    bytes += sizeOf(entry);
    makeRoom();
  }

  private static long sizeOf(Hot entry) {
    return OVERHEAD
        + entry.key.length()
        + entry.noteBytes
        + (entry.value == null ? 0 : entry.value.length);
  }

  private void makeRoom() throws Exception {
    while (bytes > mostBytes && hot.size() > 1) {
      Hot oldest = hot.values().iterator().next();
      hot.remove(oldest.key);
      bytes -= sizeOf(oldest);
      if (oldest.changed) {
        store.write(oldest.key, oldest.value);
      }
    }
  }

  /** Writes all that changed; keys that were forgotten leave. */
  void flush() throws Exception {
    List<Hot> forgotten = new ArrayList<>();
    for (Hot state : hot.values()) {
      if (state.changed) {
        store.write(state.key, state.value);
        state.changed = false;
      }
      if (state.value == null) {
        forgotten.add(state);
      }
    }
    for (Hot state : forgotten) {
      hot.remove(state.key);
      bytes -= sizeOf(state);
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
