package io.millrace.inference.flink;

import io.millrace.feature.loop.ModelControl;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link ModelControl} in their order. */
final class ModelControlSerializer extends ImmutableRecordSerializer<ModelControl> {
  private static final long serialVersionUID = 1L;

  static final ModelControlSerializer INSTANCE = new ModelControlSerializer();

  private ModelControlSerializer() {}

  @Override
  public void serialize(ModelControl record, DataOutputView target) throws IOException {
    StringValue.writeString(record.model(), target);
    target.writeLong(record.epoch());
    StringValue.writeString(record.op().name(), target);
    target.writeInt(record.champion());
    target.writeInt(record.previous());
    target.writeInt(record.candidate());
    StringValue.writeString(record.reason(), target);
    target.writeLong(record.atMs());
  }

  @Override
  public ModelControl deserialize(DataInputView source) throws IOException {
    return new ModelControl(
        StringValue.readString(source),
        source.readLong(),
        ModelControl.Op.valueOf(StringValue.readString(source)),
        source.readInt(),
        source.readInt(),
        source.readInt(),
        StringValue.readString(source),
        source.readLong());
  }

  @Override
  public TypeSerializerSnapshot<ModelControl> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ModelControl> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
