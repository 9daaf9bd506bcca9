package io.millrace.server.infer;

import io.millrace.server.serve.Refusal;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Tensors as bytes, as gRPC's raw contents and the binary extension of REST write them: row after
 * row, little endian, a truth in one byte, a text as
 *
 * <pre>
 * +---------------+------------------+
 * | u32le length  | length bytes     |
 * +---------------+------------------+
 * </pre>
 */
final class RawTensors {
  private RawTensors() {}

  /**
   * Reads a tensor from all of the bytes that remain.
   *
   * @throws Refusal if they are too few or too many, or if a text is no UTF-8
   */
  static Tensor read(String name, Datatype datatype, long[] shape, ByteBuffer bytes) {
    int size = Tensor.sizeOf(name, shape, InferRequest.MOST_ELEMENTS);
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    long least = (long) size * (datatype == Datatype.BYTES ? Integer.BYTES : datatype.bytes());
    if (data.remaining() < least || (datatype != Datatype.BYTES && data.remaining() > least)) {
      throw Refusal.invalid(
          "input %s has %d raw bytes; %d elements of %s need %s%d"
              .formatted(
                  Shown.of(name),
                  data.remaining(),
                  size,
                  datatype,
                  datatype == Datatype.BYTES ? "at least " : "",
                  least));
    }
    Tensor tensor = new Tensor(name, datatype, shape, size);
    for (int i = 0; i < size; i++) {
      switch (datatype) {
        case BOOL -> tensor.setLong(i, data.get() == 0 ? 0 : 1);
        case UINT8 -> tensor.setLong(i, Byte.toUnsignedInt(data.get()));
        case INT8 -> tensor.setLong(i, data.get());
        case UINT16 -> tensor.setLong(i, Short.toUnsignedInt(data.getShort()));
        case INT16 -> tensor.setLong(i, data.getShort());
        case UINT32 -> tensor.setLong(i, Integer.toUnsignedLong(data.getInt()));
        case INT32 -> tensor.setLong(i, data.getInt());
        case UINT64, INT64 -> tensor.setLong(i, data.getLong());
        case FP32 -> tensor.setDouble(i, data.getFloat());
        case FP64 -> tensor.setDouble(i, data.getDouble());
        case BYTES -> tensor.setText(i, text(name, i, data));
      }
    }
    if (data.hasRemaining()) {
      throw Refusal.invalid(
          "input %s has %d bytes behind its last element"
              .formatted(Shown.of(name), data.remaining()));
    }
    return tensor;
  }

  private static String text(String name, int index, ByteBuffer data) {
    long length = data.remaining() < Integer.BYTES ? -1 : Integer.toUnsignedLong(data.getInt());
    if (length < 0 || length > data.remaining()) {
      throw Refusal.invalid(
          "input %s ends inside its element %d; each is its length in four bytes and that many bytes"
              .formatted(Shown.of(name), index));
    }
    ByteBuffer text = data.slice(data.position(), (int) length);
    data.position(data.position() + (int) length);
    return utf8(name, index, text);
  }

  /**
   * @throws Refusal if it is none
   */
  static String utf8(String name, int index, ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw Refusal.invalid(
          "input %s holds bytes at position %d that are no UTF-8; features are texts"
              .formatted(Shown.of(name), index));
    }
  }

  /** The bytes of an answer's tensor; it is FP32 or BYTES. */
  static byte[] write(Tensor tensor) {
    if (tensor.datatype() == Datatype.FP32) {
      ByteBuffer bytes =
          ByteBuffer.allocate(tensor.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < tensor.size(); i++) {
        bytes.putFloat((float) tensor.doubleAt(i));
      }
      return bytes.array();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < tensor.size(); i++) {
      byte[] text = tensor.textAt(i).getBytes(StandardCharsets.UTF_8);
      bytes.writeBytes(length.putInt(0, text.length).array());
      bytes.writeBytes(text);
    }
    return bytes.toByteArray();
  }
}
