package io.millrace.server.serve;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Protobuf's wire format, appended to one growing array. Tags are given as the byte they are:
 * {@code number << 3 | type}. Not thread-safe.
 */
final class WireBytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int size;

  WireBytes(int capacity) {
    bytes = new byte[capacity];
  }

  int size() {
    return size;
  }

  /** What was appended since, shared: nothing may be changed there afterwards. */
  ByteString since(int from) {
    return UnsafeByteOperations.unsafeWrap(bytes, from, size - from);
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** How many bytes a number takes that is not negative. */
  static int sizeOf(int number) {
    return number < 1 << 7
        ? 1
        : number < 1 << 14 ? 2 : number < 1 << 21 ? 3 : number < 1 << 28 ? 4 : 5;
  }

  void octet(int octet) {
    room(1);
    bytes[size++] = (byte) octet;
  }

  void varint(long number) {
    room(10);
    long left = number;
    while ((left & ~0x7FL) != 0) {
      bytes[size++] = (byte) (left & 0x7F | 0x80);
      left >>>= 7;
    }
    bytes[size++] = (byte) left;
  }

  /** 8 bytes, little-endian. */
  void fixed64(long bits) {
    room(8);
    LONGS.set(bytes, size, bits);
    size += 8;
  }

  void append(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
  }

  /** Writes over what is there. */
  void octetAt(int at, int octet) {
    bytes[at] = (byte) octet;
  }

  /** The length of a text in UTF-8, and the text. */
  void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    varint(utf8.length);
    append(utf8);
  }

  /** The length of a message, and the message. */
  void message(Message message) {
    byte[] whole = message.toByteArray();
    varint(whole.length);
    append(whole);
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
