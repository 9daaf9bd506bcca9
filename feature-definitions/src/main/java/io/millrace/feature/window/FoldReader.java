package io.millrace.feature.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.datasketches.memory.Memory;

/** Reads what a {@link FoldWriter} wrote, where it lies. Not thread-safe. */
final class FoldReader {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int end;
  private int at;

  FoldReader(byte[] bytes, int at, int length) {
    this.bytes = bytes;
    this.at = at;
    this.end = at + length;
  }

  /**
   * @throws IllegalArgumentException if there are not so many bytes left
   */
  private int next(int length) {
    if (length < 0 || length > end - at) {
      throw new IllegalArgumentException(
          "what a function has seen is damaged: it announces "
              + length
              + " bytes where "
              + (end - at)
              + " are left; restore the state from a checkpoint or backfill the view");
    }
    int next = at;
    at += length;
    return next;
  }

  int readInt() {
    return (int) INT.get(bytes, next(4));
  }

  long readLong() {
    return (long) LONG.get(bytes, next(8));
  }

  double readDouble() {
    return Double.longBitsToDouble(readLong());
  }

  boolean readBoolean() {
    return bytes[next(1)] != 0;
  }

  String readText() {
    int length = readInt();
    return new String(bytes, next(length), length, StandardCharsets.UTF_8);
  }

  /** Adds a text to a table; the bytes are not copied. Returns its number there. */
  int readText(TextTable to) {
    int length = readInt();
    return to.include(bytes, next(length), length);
  }

  /** The bytes of a sketch; they are not copied. */
  Memory readSketch() {
    int length = readInt();
    return Memory.wrap(bytes, next(length), length, ByteOrder.nativeOrder());
  }
}
