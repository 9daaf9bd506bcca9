package io.millrace.feature.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** 64-bit numbers inside a byte array, little-endian, at any offset. */
final class Longs {
  private static final VarHandle VIEW =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Longs() {}

  static long get(byte[] bytes, int offset) {
    return (long) VIEW.get(bytes, offset);
  }

  static void set(byte[] bytes, int offset, long value) {
    VIEW.set(bytes, offset, value);
  }

  static double getDouble(byte[] bytes, int offset) {
    return Double.longBitsToDouble(get(bytes, offset));
  }

  static void setDouble(byte[] bytes, int offset, double value) {
    set(bytes, offset, Double.doubleToRawLongBits(value));
  }
}
