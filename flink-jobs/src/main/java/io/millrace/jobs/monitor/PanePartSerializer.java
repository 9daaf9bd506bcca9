package io.millrace.jobs.monitor;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link PanePart} in their order. */
final class PanePartSerializer extends ImmutableRecordSerializer<PanePart> {
  private static final long serialVersionUID = 1;

  static final PanePartSerializer INSTANCE = new PanePartSerializer();
  static final RecordTypeInfo<PanePart> TYPE = new RecordTypeInfo<>(PanePart.class, INSTANCE);

  private PanePartSerializer() {}

  @Override
  public void serialize(PanePart record, DataOutputView out) throws IOException {
    StringValue.writeString(record.model(), out);
    out.writeInt(record.version());
    out.writeLong(record.paneStartMs());
    out.writeLong(record.rows());
    out.writeInt(record.counts().length);
    out.write(record.counts());
  }

  @Override
  public PanePart deserialize(DataInputView in) throws IOException {
    String model = StringValue.readString(in);
    int version = in.readInt();
    long paneStartMs = in.readLong();
    long rows = in.readLong();
    byte[] counts = new byte[in.readInt()];
    in.readFully(counts);
    return new PanePart(model, version, paneStartMs, rows, counts);
  }

  @Override
  public TypeSerializerSnapshot<PanePart> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<PanePart> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
