package io.millrace.jobs.intake;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** {@link StoredEvent} between operators. */
public final class StoredEventSerializer extends ImmutableRecordSerializer<StoredEvent> {
  private static final long serialVersionUID = 1;

  public static final StoredEventSerializer INSTANCE = new StoredEventSerializer();
  public static final RecordTypeInfo<StoredEvent> TYPE =
      new RecordTypeInfo<>(StoredEvent.class, INSTANCE);

  @Override
  public void serialize(StoredEvent stored, DataOutputView out) throws IOException {
    out.writeInt(stored.source());
    SourceRecordSerializer.writeEvent(stored.event(), out);
    out.writeLong(stored.knownAtMs());
    out.writeBoolean(stored.takenBack());
  }

  @Override
  public StoredEvent deserialize(DataInputView in) throws IOException {
    return new StoredEvent(
        in.readInt(), SourceRecordSerializer.readEvent(in), in.readLong(), in.readBoolean());
  }

  @Override
  public TypeSerializerSnapshot<StoredEvent> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<StoredEvent> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
