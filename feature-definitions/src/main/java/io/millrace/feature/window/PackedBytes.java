package io.millrace.feature.window;

import java.util.Arrays;

/**
 * Bytes that are written or read from the first to the last: bytes, longs, varints and integers of
 * some bits each. Not thread-safe.
 */
final class PackedBytes {
  /** Behind the last byte, so that the last integers can be read by accesses of eight bytes. */
  static final int SLACK = 8;

  private byte[] bytes;
  private int at;

  /** To be read, or written over. */
  PackedBytes(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Begins anew; what was written is kept in no way. */
  void clear() {
    at = 0;
  }

  int length() {
    return at;
  }

  void cutTo(int length) {
    at = length;
  }

  /** What was written, with {@link #SLACK} behind. */
  byte[] copy() {
    byte[] copy = new byte[at + SLACK];
    System.arraycopy(bytes, 0, copy, 0, at);
    return copy;
  }

  private void require(int more) {
    if (at + more + SLACK > bytes.length) {
      bytes = Arrays.copyOf(bytes, (at + more + SLACK) * 3 / 2);
    }
  }

  void putByte(int value) {
    require(1);
    bytes[at++] = (byte) value;
  }

  void setByte(int place, int value) {
    bytes[place] = (byte) value;
  }

  void putLong(long value) {
    require(8);
    ViewState.putLong(bytes, at, value);
    at += 8;
  }

  void putBytes(byte[] from, int start, int length) {
    require(length);
    System.arraycopy(from, start, bytes, at, length);
    at += length;
  }

  /** Zigzag: seven bits a byte, the lowest first, the eighth says that more follow. */
  void putVarint(long value) {
    require(10);
    long left = value << 1 ^ value >> 63;
    while ((left & ~0x7FL) != 0) {
      bytes[at++] = (byte) (left & 0x7F | 0x80);
      left >>>= 7;
    }
    bytes[at++] = (byte) left;
  }

  /**
   * @return false, and nothing is written, if they differ by too much
   */
  boolean putPacked(long[] numbers, int n) {
    long least = n == 0 ? 0 : Long.MAX_VALUE;
    long most = n == 0 ? 0 : Long.MIN_VALUE;
    for (int i = 0; i < n; i++) {
      least = Math.min(least, numbers[i]);
      most = Math.max(most, numbers[i]);
    }
    int width = 64 - Long.numberOfLeadingZeros(most - least);
    if (!PackedColumn.isPackable(width)) {
      return false;
    }
    putVarint(least);
    putByte(width);
    int size = bytesOf(width, n);
    require(size + SLACK);
    Arrays.fill(bytes, at, at + size + SLACK, (byte) 0);
    if (width > 0) {
      for (int i = 0; i < n; i++) {
        long bit = (long) i * width;
        int place = at + (int) (bit >> 3);
        long shifted = numbers[i] - least << (bit & 7);
        ViewState.putLong(bytes, place, ViewState.longAt(bytes, place) | shifted);
      }
    }
    at += size;
    return true;
  }

  private static int bytesOf(int width, int n) {
    return (int) (((long) width * n + 7) / 8);
  }

  int readByte() {
    return bytes[at++] & 0xFF;
  }

  long readVarint() {
    long value = 0;
    int shift = 0;
    while (true) {
      byte next = bytes[at++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value >>> 1 ^ -(value & 1);
      }
      shift += 7;
    }
  }

  /** Passes over bytes; where they begin. */
  int skip(int size) {
    int from = at;
    at += size;
    return from;
  }

  /** Passes over integers of some bits each; where they begin. */
  int skipBits(int width, int n) {
    return skip(bytesOf(width, n));
  }

  int bitAt(int from, int i) {
    return bytes[from + (i >> 3)] >> (i & 7) & 1;
  }

  long longAt(int place) {
    return ViewState.longAt(bytes, place);
  }

  /** One of the integers of some bits each, as the bits above the least. */
  long packedAt(int from, int width, int i) {
    long bit = (long) i * width;
    long word = ViewState.longAt(bytes, from + (int) (bit >> 3));
    return word >>> (bit & 7) & (1L << width) - 1;
  }

  byte[] bytes() {
    return bytes;
  }
}
