package io.millrace.jobs.feature;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import io.millrace.inference.flink.ValuesCodec;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link RowUpdate} between operators. */
public final class RowUpdateSerializer extends ImmutableRecordSerializer<RowUpdate> {
  private static final long serialVersionUID = 1;

  public static final RowUpdateSerializer INSTANCE = new RowUpdateSerializer();
  public static final RecordTypeInfo<RowUpdate> TYPE =
      new RecordTypeInfo<>(RowUpdate.class, INSTANCE);

  @Override
  public void serialize(RowUpdate update, DataOutputView out) throws IOException {
    FeatureRow row = update.row();
    out.writeInt(update.view());
    StringValue.writeString(row.view(), out);
    StringValue.writeString(row.key().text(), out);
    out.writeLong(row.asOfMs());
    out.writeLong(row.lastEventMs());
    out.writeLong(row.sequence());
    ValuesCodec.write(row.values(), out);
    out.writeLong(update.appendedAtMs());
    out.writeLong(update.order());
  }

  @Override
  public RowUpdate deserialize(DataInputView in) throws IOException {
    int view = in.readInt();
    FeatureRow row =
        new FeatureRow(
            StringValue.readString(in),
            new EntityKey(StringValue.readString(in)),
            in.readLong(),
            in.readLong(),
            in.readLong(),
            ValuesCodec.read(in));
    return new RowUpdate(view, row, in.readLong(), in.readLong());
  }

  @Override
  public TypeSerializerSnapshot<RowUpdate> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<RowUpdate> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
