package io.millrace.inference.flink;

import io.millrace.inference.ScoreFailure;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link ScoreFailure} in their order. */
final class ScoreFailureSerializer extends ImmutableRecordSerializer<ScoreFailure> {
  private static final long serialVersionUID = 1L;

  static final ScoreFailureSerializer INSTANCE = new ScoreFailureSerializer();

  private ScoreFailureSerializer() {}

  @Override
  public void serialize(ScoreFailure record, DataOutputView target) throws IOException {
    ScoreRequestSerializer.INSTANCE.serialize(record.request(), target);
    StringValue.writeString(record.model(), target);
    target.writeInt(record.modelVersion());
    target.writeLong(record.failedAtMs());
    StringValue.writeString(record.reason(), target);
    StringValue.writeString(record.detail(), target);
  }

  @Override
  public ScoreFailure deserialize(DataInputView source) throws IOException {
    return new ScoreFailure(
        ScoreRequestSerializer.INSTANCE.deserialize(source),
        StringValue.readString(source),
        source.readInt(),
        source.readLong(),
        StringValue.readString(source),
        StringValue.readString(source));
  }

  @Override
  public TypeSerializerSnapshot<ScoreFailure> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ScoreFailure> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
