package io.millrace.jobs.monitor;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link RetrainRequest} in their order. */
public final class RetrainRequestSerializer extends ImmutableRecordSerializer<RetrainRequest> {
  private static final long serialVersionUID = 1;

  static final RetrainRequestSerializer INSTANCE = new RetrainRequestSerializer();
  public static final RecordTypeInfo<RetrainRequest> TYPE =
      new RecordTypeInfo<>(RetrainRequest.class, INSTANCE);

  private RetrainRequestSerializer() {}

  @Override
  public void serialize(RetrainRequest record, DataOutputView out) throws IOException {
    StringValue.writeString(record.id(), out);
    StringValue.writeString(record.model(), out);
    StringValue.writeString(record.service(), out);
    out.writeInt(record.championVersion());
    out.writeLong(record.decidedAtMs());
    out.writeLong(record.labelsCompleteUntilMs());
    StringValue.writeString(record.reason(), out);
    out.writeInt(record.drifted().size());
    for (String name : record.drifted()) {
      StringValue.writeString(name, out);
    }
  }

  @Override
  public RetrainRequest deserialize(DataInputView in) throws IOException {
    String id = StringValue.readString(in);
    String model = StringValue.readString(in);
    String service = StringValue.readString(in);
    int championVersion = in.readInt();
    long decidedAtMs = in.readLong();
    long labelsCompleteUntilMs = in.readLong();
    String reason = StringValue.readString(in);
    List<String> drifted = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      drifted.add(StringValue.readString(in));
    }
    return new RetrainRequest(
        id, model, service, championVersion, decidedAtMs, labelsCompleteUntilMs, reason, drifted);
  }

  @Override
  public TypeSerializerSnapshot<RetrainRequest> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<RetrainRequest> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
