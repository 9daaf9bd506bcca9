package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** The fields of a {@link DriftReport} in their order. */
public final class DriftReportSerializer extends ImmutableRecordSerializer<DriftReport> {
  private static final long serialVersionUID = 1;

  static final DriftReportSerializer INSTANCE = new DriftReportSerializer();
  public static final RecordTypeInfo<DriftReport> TYPE =
      new RecordTypeInfo<>(DriftReport.class, INSTANCE);

  private DriftReportSerializer() {}

  @Override
  public void serialize(DriftReport record, DataOutputView out) throws IOException {
    StringValue.writeString(record.model(), out);
    out.writeInt(record.modelVersion());
    out.writeLong(record.paneStartMs());
    out.writeLong(record.paneEndMs());
    out.writeLong(record.rows());
    StringValue.writeString(record.kind().name(), out);
    out.writeInt(record.features().size());
    for (FeatureDrift feature : record.features()) {
      write(feature, out);
    }
    if (record.performance().isPresent()) {
      write(record.performance().get(), out);
    }
    out.writeBoolean(record.reference().isPresent());
    if (record.reference().isPresent()) {
      out.writeInt(record.reference().get().own());
      out.writeInt(record.reference().get().borrowed());
    }
  }

  @Override
  public DriftReport deserialize(DataInputView in) throws IOException {
    String model = StringValue.readString(in);
    int version = in.readInt();
    long startMs = in.readLong();
    long endMs = in.readLong();
    long rows = in.readLong();
    DriftReport.Kind kind = DriftReport.Kind.valueOf(StringValue.readString(in));
    List<FeatureDrift> features = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      features.add(feature(in));
    }
    return new DriftReport(
        model,
        version,
        startMs,
        endMs,
        rows,
        kind,
        features,
        kind == DriftReport.Kind.PERFORMANCE ? Optional.of(performance(in)) : Optional.empty(),
        in.readBoolean()
            ? Optional.of(new ReferencePanes(in.readInt(), in.readInt()))
            : Optional.empty());
  }

  private static void write(FeatureDrift drift, DataOutputView out) throws IOException {
    StringValue.writeString(drift.feature(), out);
    out.writeDouble(drift.statistic());
    out.writeInt(drift.degrees());
    out.writeDouble(drift.pValue());
    out.writeDouble(drift.effect());
    out.writeDouble(drift.importance());
    out.writeDouble(drift.nulls());
    out.writeDouble(drift.referenceNulls());
    out.writeDouble(drift.outOfRange());
    out.writeDouble(drift.unseen());
    StringValue.writeString(drift.verdict().name(), out);
  }

  private static FeatureDrift feature(DataInputView in) throws IOException {
    return new FeatureDrift(
        StringValue.readString(in),
        in.readDouble(),
        in.readInt(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        FeatureDrift.Verdict.valueOf(StringValue.readString(in)));
  }

  private static void write(Performance performance, DataOutputView out) throws IOException {
    out.writeLong(performance.predictions());
    out.writeLong(performance.labelled());
    out.writeLong(performance.noLabel());
    out.writeLong(performance.positives());
    out.writeDouble(performance.auc());
    out.writeDouble(performance.logLoss());
    out.writeDouble(performance.referenceAuc());
    out.writeDouble(performance.referenceLogLoss());
    out.writeDouble(performance.pValue());
    out.writeBoolean(performance.degraded());
  }

  private static Performance performance(DataInputView in) throws IOException {
    return new Performance(
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readBoolean());
  }

  @Override
  public TypeSerializerSnapshot<DriftReport> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it reads a checkpoint, hence public. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<DriftReport> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
