package io.millrace.jobs.vector;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import io.millrace.inference.flink.ValuesCodec;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link VectorPart} between operators and in checkpoints. */
public final class VectorPartSerializer extends ImmutableRecordSerializer<VectorPart> {
  private static final long serialVersionUID = 1;

  public static final VectorPartSerializer INSTANCE = new VectorPartSerializer();
  public static final RecordTypeInfo<VectorPart> TYPE =
      new RecordTypeInfo<>(VectorPart.class, INSTANCE);

  private static final int REQUEST = 0;
  private static final int ANSWER = 1;

  @Override
  public void serialize(VectorPart part, DataOutputView out) throws IOException {
    if (part instanceof VectorPart.Request request) {
      out.writeByte(REQUEST);
      StringValue.writeString(request.requestId(), out);
      StringValue.writeString(request.requestKey(), out);
      out.writeLong(request.timeMs());
      out.writeLong(request.appendedAtMs());
      out.writeInt(request.answers());
      ValuesCodec.write(request.values(), out);
    } else if (part instanceof VectorPart.Answer answer) {
      out.writeByte(ANSWER);
      StringValue.writeString(answer.requestId(), out);
      out.writeInt(answer.lookup());
      out.writeLong(answer.timeMs());
      ValuesCodec.write(answer.row(), out);
    }
  }

  @Override
  public VectorPart deserialize(DataInputView in) throws IOException {
    int tag = in.readByte();
    return switch (tag) {
      case REQUEST ->
          new VectorPart.Request(
              StringValue.readString(in),
              StringValue.readString(in),
              in.readLong(),
              in.readLong(),
              in.readInt(),
              ValuesCodec.read(in));
      case ANSWER ->
          new VectorPart.Answer(
              StringValue.readString(in), in.readInt(), in.readLong(), ValuesCodec.read(in));
      default -> throw new IOException("a vector's part is tagged 0 or 1, but it is " + tag);
    };
  }

  @Override
  public TypeSerializerSnapshot<VectorPart> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<VectorPart> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
