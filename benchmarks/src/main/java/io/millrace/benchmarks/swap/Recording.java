package io.millrace.benchmarks.swap;

import java.util.ArrayList;
import java.util.List;

/**
 * What one subtask put out, in that order: written by its thread alone, read when the job has
 * ended. Grows by chunks, so that no copy of an array makes a pause of its own.
 */
final class Recording {
  private static final int CHUNK = 1 << 14;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Chunk(int[] indexes, long[] nanos, byte[] versions, float[] scores) {}

  private final List<Chunk> chunks = new ArrayList<>();
  private Chunk last;
  private int size;

  void add(long index, long nanos, int version, float score) {
    int slot = size % CHUNK;
    if (slot == 0) {
      last = new Chunk(new int[CHUNK], new long[CHUNK], new byte[CHUNK], new float[CHUNK]);
      chunks.add(last);
    }
    last.indexes[slot] = Math.toIntExact(index);
    last.nanos[slot] = nanos;
    last.versions[slot] = (byte) version;
    last.scores[slot] = score;
    size++;
  }

  int size() {
    return size;
  }

  /** The number of the request. */
  long index(int i) {
    return chunks.get(i / CHUNK).indexes[i % CHUNK];
  }

  /** When it was put out, as {@link System#nanoTime()}. */
  long nanos(int i) {
    return chunks.get(i / CHUNK).nanos[i % CHUNK];
  }

  int version(int i) {
    return chunks.get(i / CHUNK).versions[i % CHUNK];
  }

  float score(int i) {
    return chunks.get(i / CHUNK).scores[i % CHUNK];
  }

  /** The first output at or after an instant; {@link #size()} if there is none. */
  int from(long nanos) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (nanos(middle) - nanos < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first output whose request has at least this number, of outputs in the requests' order. */
  int fromIndex(long index) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (index(middle) < index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The time without an output around an instant; 0 before the first. */
  long gapAround(long nanos) {
    int next = Math.min(from(nanos), size - 1);
    return next < 1 ? 0 : nanos(next) - nanos(next - 1);
  }

  /** The longest time without an output within {@code [from, to)}, its borders included. */
  long longestGap(long from, long to) {
    long previous = from;
    long longest = 0;
    for (int i = from(from); i < size && nanos(i) - to < 0; i++) {
      longest = Math.max(longest, nanos(i) - previous);
      previous = nanos(i);
    }
    return Math.max(longest, to - previous);
  }
}
