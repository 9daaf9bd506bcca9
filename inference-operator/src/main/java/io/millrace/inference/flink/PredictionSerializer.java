package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link Prediction} in their order. */
final class PredictionSerializer extends ImmutableRecordSerializer<Prediction> {
  private static final long serialVersionUID = 1L;

  static final PredictionSerializer INSTANCE = new PredictionSerializer();

  private PredictionSerializer() {}

  @Override
  public void serialize(Prediction record, DataOutputView target) throws IOException {
    StringValue.writeString(record.id(), target);
    StringValue.writeString(record.requestKey(), target);
    StringValue.writeString(record.service(), target);
    StringValue.writeString(record.model(), target);
    target.writeInt(record.modelVersion());
    target.writeLong(record.requestTimeMs());
    target.writeLong(record.appendedAtMs());
    target.writeLong(record.scoredAtMs());
    ValuesCodec.write(record.vector(), target);
    target.writeDouble(record.score());
  }

  @Override
  public Prediction deserialize(DataInputView source) throws IOException {
    return new Prediction(
        StringValue.readString(source),
        StringValue.readString(source),
        StringValue.readString(source),
        StringValue.readString(source),
        source.readInt(),
        source.readLong(),
        source.readLong(),
        source.readLong(),
        ValuesCodec.read(source),
        source.readDouble());
  }

  @Override
  public TypeSerializerSnapshot<Prediction> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Prediction> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
