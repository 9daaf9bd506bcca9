package io.millrace.jobs;

import io.millrace.feature.Values;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * {@link Values} between operators. Not for anything that outlives a job's version.
 *
 * <pre>
 * u16 size | per value: u8 tag (0 null, 1 eight bytes, 2 text), then the eight bytes or the text
 * </pre>
 */
public final class ValuesBytes {
  private static final int NULL = 0;
  private static final int PRIMITIVE = 1;
  private static final int TEXT = 2;

  private ValuesBytes() {}

  public static void write(Values values, DataOutputView out) throws IOException {
    out.writeShort(values.size());
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
    Values values = new Values(in.readUnsignedShort());
    for (int i = 0; i < values.size(); i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case NULL -> {}
        case PRIMITIVE -> values.setLong(i, in.readLong());
        case TEXT -> values.setText(i, StringValue.readString(in));
        default -> throw new IOException("a value's tag is 0, 1 or 2, but it is " + tag);
      }
    }
    return values;
  }
}
