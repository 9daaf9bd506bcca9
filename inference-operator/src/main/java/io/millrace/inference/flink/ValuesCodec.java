package io.millrace.inference.flink;

import io.millrace.feature.Values;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * A vector in bytes, readable without its schema:
 *
 * <pre>
 * int    size
 * size times: byte kind, then
 *   0  null        nothing
 *   1  primitive   long, the 64 bits
 *   2  text        Flink's string format
 *   3  longs       int count, count times: long
 *   4  doubles     int count, count times: long, the 64 bits
 *   5  texts       int count, count times: Flink's string format
 *   6  map         int count, count times: Flink's string format, long, the 64 bits of a double
 * </pre>
 *
 * <p>Any other kind, a size below 0 or above 65535, or a count below 0 is refused. An empty list
 * does not know what it is of and is written as one of longs; it is equal to all others. Kinds are
 * only ever added, so that state that was written before is still read.
 */
public final class ValuesCodec {
  private static final int NULL = 0;
  private static final int PRIMITIVE = 1;
  private static final int TEXT = 2;
  private static final int LONGS = 3;
  private static final int DOUBLES = 4;
  private static final int TEXTS = 5;
  private static final int MAP = 6;
  private static final int MOST_VALUES = 65_535;

  private ValuesCodec() {}

  public static void write(Values values, DataOutputView out) throws IOException {
    out.writeInt(values.size());
    for (int i = 0; i < values.size(); i++) {
      if (values.isNull(i)) {
        out.writeByte(NULL);
      } else if (values.objectAt(i) != null) {
        writeObject(values.objectAt(i), out);
      } else {
        out.writeByte(PRIMITIVE);
        out.writeLong(values.bitsAt(i));
      }
    }
  }

  public static Values read(DataInputView in) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > MOST_VALUES) {
      throw new IOException("a vector of " + size + " values; 0 to " + MOST_VALUES + " are read");
    }
    Values values = new Values(size);
    for (int i = 0; i < size; i++) {
      int kind = in.readByte();
      switch (kind) {
        case NULL -> {}
        case PRIMITIVE -> values.setLong(i, in.readLong());
        case TEXT -> values.setText(i, StringValue.readString(in));
        case LONGS -> values.setList(i, list(in, DataInputView::readLong));
        case DOUBLES -> values.setList(i, list(in, ValuesCodec::readDouble));
        case TEXTS -> values.setList(i, list(in, StringValue::readString));
        case MAP -> values.setMap(i, map(in));
        default -> throw new IOException("value " + i + " of a vector has the kind " + kind);
      }
    }
    return values;
  }

  private static void writeObject(Object value, DataOutputView out) throws IOException {
    if (value instanceof String text) {
      out.writeByte(TEXT);
      StringValue.writeString(text, out);
    } else if (value instanceof List<?> list) {
      writeList(list, out);
    } else {
      Map<?, ?> map = (Map<?, ?>) value;
      out.writeByte(MAP);
      out.writeInt(map.size());
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        StringValue.writeString((String) entry.getKey(), out);
        writeDouble((Double) entry.getValue(), out);
      }
    }
  }

  private static void writeList(List<?> list, DataOutputView out) throws IOException {
    boolean texts = !list.isEmpty() && list.get(0) instanceof String;
    boolean doubles = !list.isEmpty() && list.get(0) instanceof Double;
    out.writeByte(texts ? TEXTS : doubles ? DOUBLES : LONGS);
    out.writeInt(list.size());
    for (Object item : list) {
      if (texts) {
        StringValue.writeString((String) item, out);
      } else if (doubles) {
        writeDouble((Double) item, out);
      } else {
        out.writeLong((Long) item);
      }
    }
  }

  private static void writeDouble(double value, DataOutputView out) throws IOException {
    out.writeLong(Double.doubleToRawLongBits(value));
  }

  private static double readDouble(DataInputView in) throws IOException {
    return Double.longBitsToDouble(in.readLong());
  }

  /** Reads one item. */
  @FunctionalInterface
  private interface ItemReader<T> {
    T read(DataInputView in) throws IOException;
  }

  // A count is not believed: the list grows with what is really there.
  private static <T> List<T> list(DataInputView in, ItemReader<T> item) throws IOException {
    List<T> list = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      list.add(item.read(in));
    }
    return list;
  }

  private static Map<String, Double> map(DataInputView in) throws IOException {
    Map<String, Double> map = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      map.put(StringValue.readString(in), readDouble(in));
    }
    return map;
  }

  private static int count(DataInputView in) throws IOException {
    int count = in.readInt();
    if (count < 0) {
      throw new IOException("a list or map of a vector has " + count + " items");
    }
    return count;
  }
}
