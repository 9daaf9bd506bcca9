package io.millrace.inference.flink;

import io.millrace.feature.loop.ShadowScore;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link ShadowScore} in their order. */
final class ShadowScoreSerializer extends ImmutableRecordSerializer<ShadowScore> {
  private static final long serialVersionUID = 1L;

  static final ShadowScoreSerializer INSTANCE = new ShadowScoreSerializer();

  private ShadowScoreSerializer() {}

  @Override
  public void serialize(ShadowScore record, DataOutputView target) throws IOException {
    StringValue.writeString(record.predictionId(), target);
    StringValue.writeString(record.requestKey(), target);
    StringValue.writeString(record.model(), target);
    target.writeLong(record.requestTimeMs());
    target.writeLong(record.epoch());
    target.writeInt(record.championVersion());
    target.writeDouble(record.championScore());
    target.writeInt(record.shadowVersion());
    target.writeDouble(record.shadowScore());
    target.writeLong(record.scoredAtMs());
  }

  @Override
  public ShadowScore deserialize(DataInputView source) throws IOException {
    return new ShadowScore(
        StringValue.readString(source),
        StringValue.readString(source),
        StringValue.readString(source),
        source.readLong(),
        source.readLong(),
        source.readInt(),
        source.readDouble(),
        source.readInt(),
        source.readDouble(),
        source.readLong());
  }

  @Override
  public TypeSerializerSnapshot<ShadowScore> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ShadowScore> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
