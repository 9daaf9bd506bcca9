package io.millrace.inference.flink;

import io.millrace.inference.ScoreRequest;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link ScoreRequest} in their order. */
final class ScoreRequestSerializer extends ImmutableRecordSerializer<ScoreRequest> {
  private static final long serialVersionUID = 1L;

  static final ScoreRequestSerializer INSTANCE = new ScoreRequestSerializer();

  private ScoreRequestSerializer() {}

  @Override
  public void serialize(ScoreRequest record, DataOutputView target) throws IOException {
    StringValue.writeString(record.id(), target);
    StringValue.writeString(record.requestKey(), target);
    StringValue.writeString(record.service(), target);
    target.writeLong(record.requestTimeMs());
    target.writeLong(record.appendedAtMs());
    ValuesCodec.write(record.vector(), target);
  }

  @Override
  public ScoreRequest deserialize(DataInputView source) throws IOException {
    return new ScoreRequest(
        StringValue.readString(source),
        StringValue.readString(source),
        StringValue.readString(source),
        source.readLong(),
        source.readLong(),
        ValuesCodec.read(source));
  }

  @Override
  public TypeSerializerSnapshot<ScoreRequest> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ScoreRequest> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
