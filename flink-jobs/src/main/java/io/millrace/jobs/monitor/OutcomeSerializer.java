package io.millrace.jobs.monitor;

import io.millrace.feature.loop.Outcome;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * The fields of a {@link Outcome} in their order. The label is 0 or 1, and 2 more where the
 * partition and offset of the event that told follow: checkpoints of before they were kept are read
 * too.
 */
public final class OutcomeSerializer extends ImmutableRecordSerializer<Outcome> {
  private static final long serialVersionUID = 1;

  static final OutcomeSerializer INSTANCE = new OutcomeSerializer();
  public static final RecordTypeInfo<Outcome> TYPE = new RecordTypeInfo<>(Outcome.class, INSTANCE);

  private static final int WITH_POSITION = 2;

  private OutcomeSerializer() {}

  @Override
  public void serialize(Outcome record, DataOutputView out) throws IOException {
    StringValue.writeString(record.predictionId(), out);
    StringValue.writeString(record.requestKey(), out);
    StringValue.writeString(record.service(), out);
    StringValue.writeString(record.model(), out);
    out.writeInt(record.modelVersion());
    out.writeLong(record.requestTimeMs());
    out.writeDouble(record.score());
    StringValue.writeString(record.status().name(), out);
    int label = record.label().orElse(false) ? 1 : 0;
    out.writeByte(record.labelOffset().isPresent() ? label | WITH_POSITION : label);
    out.writeLong(record.labelTimeMs());
    if (record.labelOffset().isPresent()) {
      out.writeInt(record.labelPartition().orElseThrow());
      out.writeLong(record.labelOffset().get());
    }
  }

  @Override
  public Outcome deserialize(DataInputView in) throws IOException {
    String predictionId = StringValue.readString(in);
    String requestKey = StringValue.readString(in);
    String service = StringValue.readString(in);
    String model = StringValue.readString(in);
    int modelVersion = in.readInt();
    long requestTimeMs = in.readLong();
    double score = in.readDouble();
    Outcome.Status status = Outcome.Status.valueOf(StringValue.readString(in));
    int label = in.readByte();
    long labelTimeMs = in.readLong();
    boolean told = (label & WITH_POSITION) != 0;
    return new Outcome(
        predictionId,
        requestKey,
        service,
        model,
        modelVersion,
        requestTimeMs,
        score,
        status,
        status == Outcome.Status.LABELLED ? Optional.of((label & 1) != 0) : Optional.empty(),
        labelTimeMs,
        told ? Optional.of(in.readInt()) : Optional.empty(),
        told ? Optional.of(in.readLong()) : Optional.empty());
  }

  @Override
  public TypeSerializerSnapshot<Outcome> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Outcome> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
