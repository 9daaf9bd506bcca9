package io.millrace.server.infer;

import io.millrace.server.serve.Refusal;
import java.util.Arrays;

/** The element types of the Open Inference Protocol that a feature can have. */
enum Datatype {
  BOOL(1, Kind.TRUTH, 0, 1),
  UINT8(1, Kind.INTEGER, 0, 0xFF),
  UINT16(2, Kind.INTEGER, 0, 0xFFFF),
  UINT32(4, Kind.INTEGER, 0, 0xFFFF_FFFFL),
  /** Values above the largest INT64 are refused: no feature can hold them. */
  UINT64(8, Kind.INTEGER, 0, Long.MAX_VALUE),
  INT8(1, Kind.INTEGER, Byte.MIN_VALUE, Byte.MAX_VALUE),
  INT16(2, Kind.INTEGER, Short.MIN_VALUE, Short.MAX_VALUE),
  INT32(4, Kind.INTEGER, Integer.MIN_VALUE, Integer.MAX_VALUE),
  INT64(8, Kind.INTEGER, Long.MIN_VALUE, Long.MAX_VALUE),
  FP32(4, Kind.DECIMAL, 0, 0),
  FP64(8, Kind.DECIMAL, 0, 0),
  BYTES(0, Kind.TEXT, 0, 0);

  /** How elements are held. */
  enum Kind {
    TRUTH,
    INTEGER,
    DECIMAL,
    TEXT
  }

  private final int bytes;
  private final Kind kind;
  private final long least;
  private final long most;

  Datatype(int bytes, Kind kind, long least, long most) {
    this.bytes = bytes;
    this.kind = kind;
    this.least = least;
    this.most = most;
  }

  /**
   * @throws Refusal naming the ones there are
   */
  static Datatype of(String tensor, String name) {
    for (Datatype datatype : values()) {
      if (datatype.name().equals(name)) {
        return datatype;
      }
    }
    throw Refusal.invalid(
        "input %s has the datatype '%s'; give one of %s"
            .formatted(Shown.of(tensor), Shown.of(name), Arrays.toString(values())));
  }

  /** The bytes of an element in raw tensors; 0 where each element has its own length. */
  int bytes() {
    return bytes;
  }

  Kind kind() {
    return kind;
  }

  boolean holds(long value) {
    return value >= least && value <= most;
  }

  long least() {
    return least;
  }

  long most() {
    return most;
  }
}
