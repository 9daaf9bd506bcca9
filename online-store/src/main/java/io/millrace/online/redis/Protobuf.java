package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The few forms of protobuf's encoding that Feast's values need.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class Protobuf {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private Protobuf() {}

  /** Writes fields one after the other. Not thread-safe. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(16);

    Writer tag(int field, int wireType) {
      return varint((long) field << 3 | wireType);
    }

    Writer varint(long value) {
      long left = value;
      while ((left & ~0x7FL) != 0) {
        out.write((int) (left & 0x7F | 0x80));
        left >>>= 7;
      }
      out.write((int) left);
      return this;
    }

    Writer fixed64(double value) {
      ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      out.writeBytes(buffer.putDouble(value).array());
      return this;
    }

    Writer bytes(int field, byte[] value) {
      tag(field, BYTES).varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Writer text(int field, String value) {
      return bytes(field, value.getBytes(UTF_8));
    }

    byte[] done() {
      return out.toByteArray();
    }
  }

  /** Reads fields one after the other. Not thread-safe. */
  static final class Reader {
    private final ByteBuffer in;
    private int wireType;

    Reader(byte[] bytes) {
      this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Reader(ByteBuffer in) {
      this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean hasMore() {
      return in.hasRemaining();
    }

    /** The number of the next field. */
    int field() {
      long tag = varint();
      wireType = (int) (tag & 7);
      return (int) (tag >>> 3);
    }

    int wireType() {
      return wireType;
    }

    /**
     * @throws IllegalArgumentException if the number does not end
     */
    long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        byte next = in.get();
        value |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number has more than 10 bytes");
    }

    double fixed64() {
      return in.getDouble();
    }

    float fixed32() {
      return in.getFloat();
    }

    String text() {
      byte[] bytes = new byte[length()];
      in.get(bytes);
      return new String(bytes, UTF_8);
    }

    Reader message() {
      int length = length();
      ByteBuffer part = in.slice(in.position(), length);
      in.position(in.position() + length);
      return new Reader(part);
    }

    /** Passes over a field that nobody asks for. */
    void skip() {
      switch (wireType) {
        case VARINT -> varint();
        case FIXED64 -> in.position(in.position() + 8);
        case BYTES -> message();
        case FIXED32 -> in.position(in.position() + 4);
        default -> throw new IllegalArgumentException("it has wire type " + wireType);
      }
    }

    private int length() {
      long length = varint();
      if (length < 0 || length > in.remaining()) {
        throw new IllegalArgumentException(
            length + " bytes are said to follow, but " + in.remaining() + " do");
      }
      return (int) length;
    }
  }
}
