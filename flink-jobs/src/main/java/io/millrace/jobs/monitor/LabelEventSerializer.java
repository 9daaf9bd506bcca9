package io.millrace.jobs.monitor;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * The fields of a {@link LabelEvent}: {@code String key | i64 time | i8 label | i64 order}. The
 * label is 0, 1, or 2 for none, and 4 more where the order follows: checkpoints of before it was
 * kept are read too.
 */
final class LabelEventSerializer extends ImmutableRecordSerializer<LabelEvent> {
  private static final long serialVersionUID = 1;

  static final LabelEventSerializer INSTANCE = new LabelEventSerializer();
  static final RecordTypeInfo<LabelEvent> TYPE = new RecordTypeInfo<>(LabelEvent.class, INSTANCE);

  private static final int NONE = 2;
  private static final int WITH_ORDER = 4;

  private LabelEventSerializer() {}

  @Override
  public void serialize(LabelEvent record, DataOutputView out) throws IOException {
    StringValue.writeString(record.requestKey(), out);
    out.writeLong(record.timeMs());
    int label = record.label().map(known -> known ? 1 : 0).orElse(NONE);
    if (record.order().isPresent()) {
      out.writeByte(label | WITH_ORDER);
      out.writeLong(record.order().getAsLong());
    } else {
      out.writeByte(label);
    }
  }

  @Override
  public LabelEvent deserialize(DataInputView in) throws IOException {
    String key = StringValue.readString(in);
    long timeMs = in.readLong();
    int written = in.readByte();
    int label = written & ~WITH_ORDER;
    return new LabelEvent(
        key,
        timeMs,
        label == NONE ? Optional.empty() : Optional.of(label == 1),
        label == written ? OptionalLong.empty() : OptionalLong.of(in.readLong()));
  }

  @Override
  public TypeSerializerSnapshot<LabelEvent> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<LabelEvent> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
