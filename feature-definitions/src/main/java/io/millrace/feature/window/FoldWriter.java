package io.millrace.feature.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a {@link Fold}. Numbers are big-endian; a text is its length (4 bytes) and UTF-8, a
 * sketch its length and its own bytes. Not thread-safe.
 */
final class FoldWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes = new byte[256];
  private int length;

  private int next(int count) {
    if (count > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
    }
    int next = length;
    length += count;
    return next;
  }

  void writeInt(int value) {
    int at = next(4);
    INT.set(bytes, at, value);
  }

  void writeLong(long value) {
    int at = next(8);
    LONG.set(bytes, at, value);
  }

  void writeDouble(double value) {
    writeLong(Double.doubleToRawLongBits(value));
  }

  void writeBoolean(boolean value) {
    int at = next(1);
    bytes[at] = (byte) (value ? 1 : 0);
  }

  void writeText(String text) {
    writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  void writeBytes(byte[] written) {
    writeBytes(written, 0, written.length);
  }

  void writeBytes(byte[] from, int begin, int count) {
    writeInt(count);
    int at = next(count);
    System.arraycopy(from, begin, bytes, at, count);
  }

  /** What was written lies at its begin. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  FoldReader reader() {
    return new FoldReader(bytes, 0, length);
  }
}
