package io.millrace.benchmarks.jobs;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link Payment} between operators, as cheap as it can be. */
final class PaymentSerializer extends ImmutableRecordSerializer<Payment> {
  private static final long serialVersionUID = 1;

  static final PaymentSerializer INSTANCE = new PaymentSerializer();
  static final RecordTypeInfo<Payment> TYPE = new RecordTypeInfo<>(Payment.class, INSTANCE);

  @Override
  public void serialize(Payment payment, DataOutputView out) throws IOException {
    StringValue.writeString(payment.card(), out);
    out.writeLong(payment.atMs());
    out.writeLong(payment.index());
    out.writeDouble(payment.amount());
    out.writeDouble(payment.fee());
    out.writeDouble(payment.gross());
    out.writeDouble(payment.net());
  }

  @Override
  public Payment deserialize(DataInputView in) throws IOException {
    return new Payment(
        StringValue.readString(in),
        in.readLong(),
        in.readLong(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble());
  }

  @Override
  public TypeSerializerSnapshot<Payment> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Payment> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
