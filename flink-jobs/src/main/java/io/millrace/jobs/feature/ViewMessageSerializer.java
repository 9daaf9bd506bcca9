package io.millrace.jobs.feature;

import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link ViewMessage} between operators and in checkpoints. */
public final class ViewMessageSerializer extends ImmutableRecordSerializer<ViewMessage> {
  private static final long serialVersionUID = 1;

  public static final ViewMessageSerializer INSTANCE = new ViewMessageSerializer();
  public static final RecordTypeInfo<ViewMessage> TYPE =
      new RecordTypeInfo<>(ViewMessage.class, INSTANCE);

  private static final ViewMessage.Kind[] KINDS = ViewMessage.Kind.values();

  @Override
  public void serialize(ViewMessage message, DataOutputView out) throws IOException {
    out.writeByte(message.kind().ordinal());
    out.writeInt(message.view());
    StringValue.writeString(message.stateKey(), out);
    out.writeLong(message.timeMs());
    out.writeLong(message.order());
    out.writeLong(message.appendedAtMs());
    out.writeInt(message.input().length);
    out.write(message.input());
    if (isAsked(message.kind())) {
      StringValue.writeString(message.requestId(), out);
      out.writeInt(message.lookup());
    }
  }

  private static boolean isAsked(ViewMessage.Kind kind) {
    return kind == ViewMessage.Kind.ASK || kind == ViewMessage.Kind.JOIN;
  }

  @Override
  public ViewMessage deserialize(DataInputView in) throws IOException {
    ViewMessage.Kind kind = KINDS[in.readByte()];
    int view = in.readInt();
    String stateKey = StringValue.readString(in);
    long timeMs = in.readLong();
    long order = in.readLong();
    long appendedAtMs = in.readLong();
    byte[] input = new byte[in.readInt()];
    in.readFully(input);
    boolean ask = isAsked(kind);
    String requestId = ask ? StringValue.readString(in) : "";
    int lookup = ask ? in.readInt() : 0;
    return new ViewMessage(
        kind, view, stateKey, timeMs, order, appendedAtMs, input, requestId, lookup);
  }

  @Override
  public TypeSerializerSnapshot<ViewMessage> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ViewMessage> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
