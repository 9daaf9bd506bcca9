package io.millrace.offline.maintenance;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** A set of offsets that lie close to each other: a bit for each. Not thread-safe. */
public final class OffsetSet {
  private static final int BITS = 16;

  private final Map<Long, BitSet> blocks = new HashMap<>();
  private long size;
  private long first = Long.MAX_VALUE;
  private long last = Long.MIN_VALUE;

  /** Adds one; false if it is in the set already. */
  public boolean add(long offset) {
    BitSet block = blocks.computeIfAbsent(offset >> BITS, key -> new BitSet(1 << BITS));
    int bit = (int) (offset & ((1 << BITS) - 1));
    if (block.get(bit)) {
      return false;
    }
    block.set(bit);
    size++;
    first = Math.min(first, offset);
    last = Math.max(last, offset);
    return true;
  }

  /** The least of them; the greatest long if there is none. */
  public long first() {
    return first;
  }

  /** How many between the first and the last are not in it. */
  public long missing() {
    return size == 0 ? 0 : last - first + 1 - size;
  }
}
