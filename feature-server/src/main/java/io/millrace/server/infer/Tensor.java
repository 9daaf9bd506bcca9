package io.millrace.server.infer;

import io.millrace.server.infer.Datatype.Kind;
import io.millrace.server.serve.Refusal;
import java.util.Arrays;

/**
 * A named array of one type, row after row. Whole numbers and truths are held as longs, decimals as
 * doubles, texts as strings; an element may be null, which JSON alone can say. Not changed once it
 * is filled; thread-safe then.
 */
final class Tensor {
  private final String name;
  private final Datatype datatype;
  private final long[] shape;
  private final long[] bits;
  private final String[] texts;
  private boolean[] nulls;

  /**
   * An array of zeros, or of empty texts.
   *
   * @param shape its product is {@code size}
   */
  Tensor(String name, Datatype datatype, long[] shape, int size) {
    this.name = name;
    this.datatype = datatype;
    this.shape = shape.clone();
    this.bits = datatype.kind() == Kind.TEXT ? null : new long[size];
    this.texts = datatype.kind() == Kind.TEXT ? new String[size] : null;
    if (texts != null) {
      Arrays.fill(texts, "");
    }
  }

  /**
   * The number of elements of a shape.
   *
   * @throws Refusal if the shape is illegal or has more elements than {@code most}
   */
  static int sizeOf(String tensor, long[] shape, int most) {
    if (shape.length == 0) {
      throw Refusal.invalid(
          "input " + Shown.of(tensor) + " has no shape; give [rows] or [rows, columns]");
    }
    long size = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw Refusal.invalid(
            "input %s has the shape %s; a dimension is 0 or more"
                .formatted(Shown.of(tensor), Shown.of(Arrays.toString(shape))));
      }
      size = dimension == 0 ? 0 : Math.min(size, Integer.MAX_VALUE) * dimension;
      if (size > most || size < 0) {
        throw Refusal.invalid(
            "input %s has the shape %s; give at most %s elements in one request"
                .formatted(Shown.of(tensor), Shown.of(Arrays.toString(shape)), most));
      }
      if (size == 0) {
        break;
      }
    }
    return (int) size;
  }

  String name() {
    return name;
  }

  Datatype datatype() {
    return datatype;
  }

  long[] shape() {
    return shape.clone();
  }

  int size() {
    return bits == null ? texts.length : bits.length;
  }

  boolean isNull(int index) {
    return nulls != null && nulls[index];
  }

  long longAt(int index) {
    return bits[index];
  }

  double doubleAt(int index) {
    return Double.longBitsToDouble(bits[index]);
  }

  String textAt(int index) {
    return texts[index];
  }

  void setNull(int index) {
    if (nulls == null) {
      nulls = new boolean[size()];
    }
    nulls[index] = true;
  }

  /**
   * @throws Refusal if the datatype does not hold the value
   */
  void setLong(int index, long value) {
    if (!datatype.holds(value)) {
      throw Refusal.invalid(
          "input %s holds %s at position %s; %s is %s to %s"
              .formatted(
                  Shown.of(name), value, index, datatype, datatype.least(), datatype.most()));
    }
    bits[index] = value;
  }

  void setDouble(int index, double value) {
    bits[index] = Double.doubleToRawLongBits(value);
  }

  void setText(int index, String value) {
    texts[index] = value;
  }
}
