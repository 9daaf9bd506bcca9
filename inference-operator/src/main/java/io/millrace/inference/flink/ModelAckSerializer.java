package io.millrace.inference.flink;

import io.millrace.feature.loop.ModelAck;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link ModelAck} in their order. */
final class ModelAckSerializer extends ImmutableRecordSerializer<ModelAck> {
  private static final long serialVersionUID = 1L;

  static final ModelAckSerializer INSTANCE = new ModelAckSerializer();

  private ModelAckSerializer() {}

  @Override
  public void serialize(ModelAck record, DataOutputView target) throws IOException {
    StringValue.writeString(record.model(), target);
    target.writeLong(record.epoch());
    target.writeInt(record.version());
    target.writeInt(record.subtask());
    target.writeInt(record.subtasks());
    target.writeBoolean(record.ready());
    StringValue.writeString(record.detail(), target);
    target.writeLong(record.loadMillis());
    target.writeLong(record.atMs());
  }

  @Override
  public ModelAck deserialize(DataInputView source) throws IOException {
    return new ModelAck(
        StringValue.readString(source),
        source.readLong(),
        source.readInt(),
        source.readInt(),
        source.readInt(),
        source.readBoolean(),
        StringValue.readString(source),
        source.readLong(),
        source.readLong());
  }

  @Override
  public TypeSerializerSnapshot<ModelAck> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ModelAck> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
