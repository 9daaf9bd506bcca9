package io.millrace.jobs;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Position;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link DeadLetter} between operators. */
public final class DeadLetterSerializer extends ImmutableRecordSerializer<DeadLetter> {
  private static final long serialVersionUID = 1;

  public static final DeadLetterSerializer INSTANCE = new DeadLetterSerializer();
  public static final RecordTypeInfo<DeadLetter> TYPE =
      new RecordTypeInfo<>(DeadLetter.class, INSTANCE);

  @Override
  public void serialize(DeadLetter letter, DataOutputView out) throws IOException {
    StringValue.writeString(letter.source(), out);
    PositionCodec.write(letter.position(), out);
    out.writeLong(letter.atMs());
    StringValue.writeString(letter.reason(), out);
    StringValue.writeString(letter.detail(), out);
    out.writeInt(letter.value().length);
    out.write(letter.value());
  }

  @Override
  public DeadLetter deserialize(DataInputView in) throws IOException {
    String source = StringValue.readString(in);
    Position position = PositionCodec.read(in);
    long atMs = in.readLong();
    String reason = StringValue.readString(in);
    String detail = StringValue.readString(in);
    byte[] value = new byte[in.readInt()];
    in.readFully(value);
    return new DeadLetter(source, position, atMs, reason, detail, value);
  }

  @Override
  public TypeSerializerSnapshot<DeadLetter> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<DeadLetter> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
