package io.millrace.schema;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * Avro's binary encoding read from an array by one who trusts nobody. Avro's own decoder allocates
 * what a length says before it looks whether so many bytes are there; this one never allocates more
 * than the record holds, never reads beyond its end, and refuses what no encoder writes: overlong
 * numbers, booleans other than 0 and 1, text that is not UTF-8. Every refusal is an {@link
 * IOException} with the offset. Not thread-safe.
 */
final class BoundedDecoder extends Decoder {
  private byte[] bytes = new byte[0];
  private int position;

  /** Starts reading an array at an offset. */
  void reset(byte[] from, int offset) {
    bytes = from;
    position = offset;
  }

  int remaining() {
    return bytes.length - position;
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() throws IOException {
    need(1);
    int value = bytes[position++];
    if (value != 0 && value != 1) {
      throw refused("a boolean is 0 or 1, but the byte is " + (value & 0xFF));
    }
    return value == 1;
  }

  @Override
  public int readInt() throws IOException {
    long value = readLong();
    if ((int) value != value) {
      throw refused("an int lies in [-2147483648, 2147483647], but the number is " + value);
    }
    return (int) value;
  }

  @Override
  public long readLong() throws IOException {
    long raw = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      need(1);
      int next = bytes[position++];
      if (shift == 63 && (next & 0xFE) != 0) {
        break;
      }
      raw |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return (raw >>> 1) ^ -(raw & 1);
      }
    }
    throw refused("a number is longer than 64 bits");
  }

  @Override
  public float readFloat() throws IOException {
    need(4);
    int bits = 0;
    for (int i = 0; i < 4; i++) {
      bits |= (bytes[position + i] & 0xFF) << (8 * i);
    }
    position += 4;
    return Float.intBitsToFloat(bits);
  }

  @Override
  public double readDouble() throws IOException {
    need(8);
    long bits = 0;
    for (int i = 0; i < 8; i++) {
      bits |= (bytes[position + i] & 0xFFL) << (8 * i);
    }
    position += 8;
    return Double.longBitsToDouble(bits);
  }

  @Override
  public String readString() throws IOException {
    int length = readLength("text");
    String text = new String(bytes, position, length, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      requireUtf8(length);
    }
    position += length;
    return text;
  }

  @Override
  public Utf8 readString(Utf8 old) throws IOException {
    return new Utf8(readString());
  }

  @Override
  public void skipString() throws IOException {
    int length = readLength("text"); // moves the position itself
    position += length;
  }

  @Override
  public ByteBuffer readBytes(ByteBuffer old) throws IOException {
    byte[] copy = new byte[readLength("a byte sequence")];
    readFixed(copy, 0, copy.length);
    return ByteBuffer.wrap(copy);
  }

  @Override
  public void skipBytes() throws IOException {
    int length = readLength("a byte sequence"); // moves the position itself
    position += length;
  }

  @Override
  public void readFixed(byte[] to, int start, int length) throws IOException {
    need(length);
    System.arraycopy(bytes, position, to, start, length);
    position += length;
  }

  @Override
  public void skipFixed(int length) throws IOException {
    need(length);
    position += length;
  }

  @Override
  public int readEnum() throws IOException {
    return readInt();
  }

  @Override
  public int readIndex() throws IOException {
    return readInt();
  }

  @Override
  public long readArrayStart() throws IOException {
    return readBlock();
  }

  @Override
  public long arrayNext() throws IOException {
    return readBlock();
  }

  @Override
  public long skipArray() throws IOException {
    return skipBlocks();
  }

  @Override
  public long readMapStart() throws IOException {
    return readBlock();
  }

  @Override
  public long mapNext() throws IOException {
    return readBlock();
  }

  @Override
  public long skipMap() throws IOException {
    return skipBlocks();
  }

  // The number of items in the block; a negative one says that the block's size in bytes follows.
  private long readBlock() throws IOException {
    long items = readLong();
    if (items < 0) {
      long ignoredSize = readLong();
      items = -items;
      if (ignoredSize < 0 || ignoredSize > remaining()) {
        throw refused("a block says it has " + ignoredSize + " bytes");
      }
    }
    return requireItems(items);
  }

  // Skips the blocks that say their size; returns the items of one that does not, 0 at the end.
  private long skipBlocks() throws IOException {
    long items = readLong();
    while (items < 0) {
      long size = readLong();
      if (size < 0 || size > remaining()) {
        throw refused("a block says it has " + size + " bytes");
      }
      position += (int) size;
      items = readLong();
    }
    return requireItems(items);
  }

  // An item has a byte at least, so that a count cannot make a reader loop for ever.
  private long requireItems(long items) throws IOException {
    if (items < 0 || items > remaining()) {
      throw refused("a block says it has " + items + " items");
    }
    return items;
  }

  private int readLength(String what) throws IOException {
    long length = readLong();
    if (length < 0 || length > remaining()) {
      throw refused(what + " says it has " + length + " bytes");
    }
    return (int) length;
  }

  private void need(int count) throws IOException {
    if (remaining() < count) {
      throw refused("a value needs " + count + " bytes");
    }
  }

  private void requireUtf8(int length) throws IOException {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, position, length));
    } catch (CharacterCodingException e) {
      throw new IOException(refused("a text is not UTF-8").getMessage(), e);
    }
  }

  private IOException refused(String what) {
    return new IOException(
        what + ", at byte " + position + " of " + bytes.length + " (" + remaining() + " left)");
  }
}
