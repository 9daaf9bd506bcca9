package io.millrace.jobs;

import io.millrace.feature.Position;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** A {@link Position} within the records that go between operators: topic, partition, offset. */
public final class PositionCodec {
  private PositionCodec() {}

  public static void write(Position position, DataOutputView out) throws IOException {
    StringValue.writeString(position.topic(), out);
    out.writeInt(position.partition());
    out.writeLong(position.offset());
  }

  public static Position read(DataInputView in) throws IOException {
    return new Position(StringValue.readString(in), in.readInt(), in.readLong());
  }
}
