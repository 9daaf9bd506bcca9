package io.millrace.inference.flink;

import io.millrace.feature.Values;
import java.io.IOException;
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
 * </pre>
 *
 * <p>Any other kind, or a size below 0 or above 65535, is refused.
 */
public final class ValuesCodec {
  private static final int NULL = 0;
  private static final int PRIMITIVE = 1;
  private static final int TEXT = 2;
  private static final int MOST_VALUES = 65_535;

  private ValuesCodec() {}

  public static void write(Values values, DataOutputView out) throws IOException {
    out.writeInt(values.size());
    for (int i = 0; i < values.size(); i++) {
      if (values.isNull(i)) {
        out.writeByte(NULL);
      } else if (values.textAt(i) != null) {
        out.writeByte(TEXT);
        StringValue.writeString(values.textAt(i), out);
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
        default -> throw new IOException("value " + i + " of a vector has the kind " + kind);
      }
    }
    return values;
  }
}
