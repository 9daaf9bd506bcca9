package io.millrace.jobs.monitor;

import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link PolicyEvent} in their order. */
public final class PolicyEventSerializer extends ImmutableRecordSerializer<PolicyEvent> {
  private static final long serialVersionUID = 1;

  static final PolicyEventSerializer INSTANCE = new PolicyEventSerializer();
  public static final RecordTypeInfo<PolicyEvent> TYPE =
      new RecordTypeInfo<>(PolicyEvent.class, INSTANCE);

  private static final int REPORT = 0;
  private static final int STATUS = 1;
  private static final int CONTROL = 2;

  private PolicyEventSerializer() {}

  @Override
  public void serialize(PolicyEvent record, DataOutputView out) throws IOException {
    if (record instanceof PolicyEvent.Report report) {
      out.writeByte(REPORT);
      DriftReportSerializer.INSTANCE.serialize(report.report(), out);
    } else if (record instanceof PolicyEvent.Status event) {
      out.writeByte(STATUS);
      RetrainStatus status = event.status();
      StringValue.writeString(status.requestId(), out);
      StringValue.writeString(status.model(), out);
      StringValue.writeString(status.phase().name(), out);
      out.writeInt(status.candidateVersion());
      StringValue.writeString(status.detail(), out);
      out.writeLong(status.atMs());
    } else if (record instanceof PolicyEvent.Control event) {
      out.writeByte(CONTROL);
      ModelControl control = event.control();
      StringValue.writeString(control.model(), out);
      out.writeLong(control.epoch());
      StringValue.writeString(control.op().name(), out);
      out.writeInt(control.champion());
      out.writeInt(control.previous());
      out.writeInt(control.candidate());
      StringValue.writeString(control.reason(), out);
      out.writeLong(control.atMs());
    }
  }

  @Override
  public PolicyEvent deserialize(DataInputView in) throws IOException {
    int tag = in.readByte();
    return switch (tag) {
      case REPORT -> new PolicyEvent.Report(DriftReportSerializer.INSTANCE.deserialize(in));
      case STATUS ->
          new PolicyEvent.Status(
              new RetrainStatus(
                  StringValue.readString(in),
                  StringValue.readString(in),
                  RetrainStatus.Phase.valueOf(StringValue.readString(in)),
                  in.readInt(),
                  StringValue.readString(in),
                  in.readLong()));
      case CONTROL ->
          new PolicyEvent.Control(
              new ModelControl(
                  StringValue.readString(in),
                  in.readLong(),
                  ModelControl.Op.valueOf(StringValue.readString(in)),
                  in.readInt(),
                  in.readInt(),
                  in.readInt(),
                  StringValue.readString(in),
                  in.readLong()));
      default -> throw new IOException("an event of the policy is tagged 0 to 2, but it is " + tag);
    };
  }

  @Override
  public TypeSerializerSnapshot<PolicyEvent> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<PolicyEvent> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
