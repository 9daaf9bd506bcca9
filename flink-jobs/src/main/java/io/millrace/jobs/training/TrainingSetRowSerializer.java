package io.millrace.jobs.training;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import io.millrace.inference.flink.ValuesCodec;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** {@link TrainingSetRow} between operators. */
final class TrainingSetRowSerializer extends ImmutableRecordSerializer<TrainingSetRow> {
  private static final long serialVersionUID = 1;

  static final TrainingSetRowSerializer INSTANCE = new TrainingSetRowSerializer();
  static final RecordTypeInfo<TrainingSetRow> TYPE =
      new RecordTypeInfo<>(TrainingSetRow.class, INSTANCE);

  @Override
  public void serialize(TrainingSetRow row, DataOutputView out) throws IOException {
    out.writeLong(row.number());
    ValuesCodec.write(row.values(), out);
  }

  @Override
  public TrainingSetRow deserialize(DataInputView in) throws IOException {
    return new TrainingSetRow(in.readLong(), ValuesCodec.read(in));
  }

  @Override
  public TypeSerializerSnapshot<TrainingSetRow> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<TrainingSetRow> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
