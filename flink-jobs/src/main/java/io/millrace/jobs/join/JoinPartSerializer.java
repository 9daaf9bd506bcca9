package io.millrace.jobs.join;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import io.millrace.inference.flink.ValuesCodec;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link JoinPart} between operators and in checkpoints. */
public final class JoinPartSerializer extends ImmutableRecordSerializer<JoinPart> {
  private static final long serialVersionUID = 1;

  public static final JoinPartSerializer INSTANCE = new JoinPartSerializer();
  public static final RecordTypeInfo<JoinPart> TYPE =
      new RecordTypeInfo<>(JoinPart.class, INSTANCE);

  private static final int DRIVER = 0;
  private static final int ANSWER = 1;

  @Override
  public void serialize(JoinPart part, DataOutputView out) throws IOException {
    out.writeByte(part instanceof JoinPart.Driver ? DRIVER : ANSWER);
    StringValue.writeString(part.eventId(), out);
    out.writeInt(part.view());
    if (part instanceof JoinPart.Driver driver) {
      out.writeLong(driver.timeMs());
      out.writeLong(driver.order());
      out.writeLong(driver.appendedAtMs());
      out.writeInt(driver.answers());
      ValuesCodec.write(driver.values(), out);
    } else if (part instanceof JoinPart.Answer answer) {
      out.writeInt(answer.join());
      ValuesCodec.write(answer.row(), out);
    }
  }

  @Override
  public JoinPart deserialize(DataInputView in) throws IOException {
    int tag = in.readByte();
    String eventId = StringValue.readString(in);
    int view = in.readInt();
    return switch (tag) {
      case DRIVER ->
          new JoinPart.Driver(
              eventId,
              view,
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readInt(),
              ValuesCodec.read(in));
      case ANSWER -> new JoinPart.Answer(eventId, view, in.readInt(), ValuesCodec.read(in));
      default -> throw new IOException("a join's part is tagged 0 or 1, but it is " + tag);
    };
  }

  @Override
  public TypeSerializerSnapshot<JoinPart> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<JoinPart> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
