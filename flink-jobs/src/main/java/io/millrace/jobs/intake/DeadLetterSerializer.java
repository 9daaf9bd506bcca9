package io.millrace.jobs.intake;

import io.millrace.feature.DeadLetter;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** {@link DeadLetter} between operators. */
public final class DeadLetterSerializer extends ImmutableRecordSerializer<DeadLetter> {
  private static final long serialVersionUID = 1;

  public static final DeadLetterSerializer INSTANCE = new DeadLetterSerializer();
  public static final RecordTypeInfo<DeadLetter> TYPE =
      new RecordTypeInfo<>(DeadLetter.class, INSTANCE);

  @Override
  public void serialize(DeadLetter letter, DataOutputView out) throws IOException {
    SourceRecordSerializer.writeLetter(letter, out);
  }

  @Override
  public DeadLetter deserialize(DataInputView in) throws IOException {
    return SourceRecordSerializer.readLetter(in);
  }

  @Override
  public TypeSerializerSnapshot<DeadLetter> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<DeadLetter> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
