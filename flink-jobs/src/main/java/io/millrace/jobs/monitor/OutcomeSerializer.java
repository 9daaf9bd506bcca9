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

/** The fields of a {@link Outcome} in their order. */
public final class OutcomeSerializer extends ImmutableRecordSerializer<Outcome> {
  private static final long serialVersionUID = 1;

  static final OutcomeSerializer INSTANCE = new OutcomeSerializer();
  public static final RecordTypeInfo<Outcome> TYPE = new RecordTypeInfo<>(Outcome.class, INSTANCE);

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
    out.writeBoolean(record.label().orElse(false));
    out.writeLong(record.labelTimeMs());
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
    boolean label = in.readBoolean();
    return new Outcome(
        predictionId,
        requestKey,
        service,
        model,
        modelVersion,
        requestTimeMs,
        score,
        status,
        status == Outcome.Status.LABELLED ? Optional.of(label) : Optional.empty(),
        in.readLong());
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
