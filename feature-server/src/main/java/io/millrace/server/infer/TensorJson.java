package io.millrace.server.infer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.server.infer.Datatype.Kind;
import io.millrace.server.serve.Refusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The {@code data} of one tensor as it is read from JSON: flat, or nested as the shape says. The
 * datatype may come behind the data, so elements are kept as they were written until {@link
 * #tensor}. Not thread-safe.
 */
final class TensorJson {
  private static final int MOST_DIMENSIONS = 8;
  private static final byte NULL = 0;
  private static final byte WHOLE = 1;
  private static final byte DECIMAL = 2;
  private static final byte TRUTH = 3;
  private static final byte TEXT = 4;

  private byte[] kinds = new byte[16];
  private long[] bits = new long[16];
  private final List<String> texts = new ArrayList<>();
  private int size;
  // Of nested data the length of each level, -1 until one list of the level is complete.
  private final int[] lengths = new int[MOST_DIMENSIONS];
  private int depth;

  TensorJson() {
    Arrays.fill(lengths, -1);
  }

  /**
   * Reads an array; the parser stands on its first bracket and afterwards on its last.
   *
   * @param input how the tensor is called in messages
   */
  void read(JsonParser json, String input) throws IOException {
    readLevel(json, input, 0);
  }

  private void readLevel(JsonParser json, String input, int level) throws IOException {
    if (level == MOST_DIMENSIONS) {
      throw Refusal.invalid(
          input + " is nested more than " + MOST_DIMENSIONS + " deep; give it flat");
    }
    int items = 0;
    for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; ) {
      if (token == JsonToken.START_ARRAY) {
        if (items > 0 && depth == level + 1) {
          throw ragged(input);
        }
        readLevel(json, input, level + 1);
      } else {
        if (depth == 0) {
          depth = level + 1;
        }
        if (depth != level + 1) {
          throw ragged(input);
        }
        readItem(json, token, input);
      }
      items++;
      token = json.nextToken();
    }
    if (lengths[level] < 0) {
      lengths[level] = items;
    } else if (lengths[level] != items) {
      throw ragged(input);
    }
  }

  private static Refusal ragged(String input) {
    return Refusal.invalid(
        input + " has lists of different lengths or depths; give it flat, or nested as its shape");
  }

  private void readItem(JsonParser json, JsonToken token, String input) throws IOException {
    switch (token) {
      case VALUE_NULL -> add(NULL, 0);
      case VALUE_TRUE -> add(TRUTH, 1);
      case VALUE_FALSE -> add(TRUTH, 0);
      case VALUE_NUMBER_INT -> {
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          add(DECIMAL, Double.doubleToRawLongBits(json.getDoubleValue()));
        } else {
          add(WHOLE, json.getLongValue());
        }
      }
      case VALUE_NUMBER_FLOAT -> add(DECIMAL, Double.doubleToRawLongBits(json.getDoubleValue()));
      case VALUE_STRING -> {
        add(TEXT, texts.size());
        texts.add(json.getText());
      }
      default ->
          throw Refusal.invalid(
              "%s holds an object at position %d; give numbers, texts, truths or null"
                  .formatted(input, size));
    }
  }

  private void add(byte kind, long value) {
    if (size == InferRequest.MOST_ELEMENTS) {
      throw Refusal.invalid(
          "an input has more than " + InferRequest.MOST_ELEMENTS + " elements; send fewer rows");
    }
    if (size == bits.length) {
      bits = Arrays.copyOf(bits, size * 2);
      kinds = Arrays.copyOf(kinds, size * 2);
    }
    kinds[size] = kind;
    bits[size++] = value;
  }

  /**
   * The tensor, if the data are of its type and shape.
   *
   * @throws Refusal naming the position and what is there
   */
  Tensor tensor(String name, Datatype datatype, long[] shape) {
    int due = Tensor.sizeOf(name, shape, InferRequest.MOST_ELEMENTS);
    if (due != size) {
      throw Refusal.invalid(
          "input %s has %d elements, but its shape %s needs %d"
              .formatted(Shown.of(name), size, Arrays.toString(shape), due));
    }
    if (depth > 1 && !nestedAs(shape)) {
      throw Refusal.invalid(
          "input %s is nested as %s, but its shape is %s"
              .formatted(
                  Shown.of(name),
                  Arrays.toString(Arrays.copyOf(lengths, depth)),
                  Arrays.toString(shape)));
    }
    Tensor tensor = new Tensor(name, datatype, shape, size);
    for (int i = 0; i < size; i++) {
      put(tensor, i);
    }
    return tensor;
  }

  private boolean nestedAs(long[] shape) {
    if (depth != shape.length) {
      return false;
    }
    for (int i = 0; i < depth; i++) {
      if (lengths[i] != shape[i]) {
        return false;
      }
    }
    return true;
  }

  private void put(Tensor tensor, int i) {
    Kind due = tensor.datatype().kind();
    byte kind = kinds[i];
    if (kind == NULL) {
      tensor.setNull(i);
    } else if (due == Kind.DECIMAL && kind == WHOLE) {
      tensor.setDouble(i, bits[i]);
    } else if (due == Kind.DECIMAL && kind == DECIMAL) {
      tensor.setDouble(i, Double.longBitsToDouble(bits[i]));
    } else if ((due == Kind.INTEGER && kind == WHOLE) || (due == Kind.TRUTH && kind == TRUTH)) {
      tensor.setLong(i, bits[i]);
    } else if (due == Kind.TEXT && kind == TEXT) {
      tensor.setText(i, texts.get((int) bits[i]));
    } else {
      throw Refusal.invalid(
          "input %s holds %s at position %d, which is no %s"
              .formatted(Shown.of(tensor.name()), shown(i), i, tensor.datatype()));
    }
  }

  private String shown(int i) {
    return switch (kinds[i]) {
      case WHOLE -> Long.toString(bits[i]);
      case DECIMAL -> Double.toString(Double.longBitsToDouble(bits[i]));
      case TRUTH -> bits[i] != 0 ? "true" : "false";
      default -> "'" + Shown.of(texts.get((int) bits[i])) + "'";
    };
  }
}
