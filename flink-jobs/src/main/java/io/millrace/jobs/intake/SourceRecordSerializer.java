package io.millrace.jobs.intake;

import io.millrace.feature.Event;
import io.millrace.inference.flink.ImmutableRecordSerializer;
import io.millrace.inference.flink.RecordTypeInfo;
import io.millrace.inference.flink.ValuesCodec;
import io.millrace.jobs.DeadLetterSerializer;
import io.millrace.jobs.PositionCodec;
import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** {@link SourceRecord} between operators. */
public final class SourceRecordSerializer extends ImmutableRecordSerializer<SourceRecord> {
  private static final long serialVersionUID = 1;

  public static final SourceRecordSerializer INSTANCE = new SourceRecordSerializer();
  public static final RecordTypeInfo<SourceRecord> TYPE =
      new RecordTypeInfo<>(SourceRecord.class, INSTANCE);

  private static final int GOOD = 0;
  private static final int DEAD = 1;
  private static final int DROPPED = 2;
  private static final int BEAT = 3;
  private static final int CHANGE = 4;
  private static final int RECORDED = 5;

  @Override
  public void serialize(SourceRecord record, DataOutputView out) throws IOException {
    if (record instanceof SourceRecord.Good good) {
      out.writeByte(GOOD);
      out.writeInt(good.source());
      writeEvent(good.event(), out);
      out.writeLong(good.appendedAtMs());
    } else if (record instanceof SourceRecord.Recorded recorded) {
      out.writeByte(RECORDED);
      out.writeInt(recorded.source());
      writeEvent(recorded.event(), out);
      out.writeLong(recorded.appendedAtMs());
    } else if (record instanceof SourceRecord.Dead dead) {
      out.writeByte(DEAD);
      DeadLetterSerializer.INSTANCE.serialize(dead.letter(), out);
    } else if (record instanceof SourceRecord.Dropped) {
      out.writeByte(DROPPED);
    } else if (record instanceof SourceRecord.Change change) {
      out.writeByte(CHANGE);
      out.writeInt(change.source());
      out.writeBoolean(change.before().isPresent());
      if (change.before().isPresent()) {
        writeEvent(change.before().get(), out);
      }
      out.writeBoolean(change.after().isPresent());
      if (change.after().isPresent()) {
        serialize(change.after().get(), out);
      }
      out.writeLong(change.appendedAtMs());
    } else if (record instanceof SourceRecord.Beat beat) {
      out.writeByte(BEAT);
      out.writeLong(beat.timeMs());
    }
  }

  @Override
  public SourceRecord deserialize(DataInputView in) throws IOException {
    int tag = in.readByte();
    return switch (tag) {
      case GOOD -> new SourceRecord.Good(in.readInt(), readEvent(in), in.readLong());
      case RECORDED -> new SourceRecord.Recorded(in.readInt(), readEvent(in), in.readLong());
      case DEAD -> new SourceRecord.Dead(DeadLetterSerializer.INSTANCE.deserialize(in));
      case DROPPED -> new SourceRecord.Dropped();
      case BEAT -> new SourceRecord.Beat(in.readLong());
      case CHANGE -> {
        int source = in.readInt();
        Optional<Event> before = in.readBoolean() ? Optional.of(readEvent(in)) : Optional.empty();
        Optional<SourceRecord> after =
            in.readBoolean() ? Optional.of(deserialize(in)) : Optional.empty();
        yield new SourceRecord.Change(source, before, after, in.readLong());
      }
      default -> throw new IOException("a source record is tagged 0 to 5, but it is " + tag);
    };
  }

  static void writeEvent(Event event, DataOutputView out) throws IOException {
    StringValue.writeString(event.source(), out);
    out.writeLong(event.timeMs());
    PositionCodec.write(event.position(), out);
    ValuesCodec.write(event.values(), out);
  }

  static Event readEvent(DataInputView in) throws IOException {
    return new Event(
        StringValue.readString(in), in.readLong(), PositionCodec.read(in), ValuesCodec.read(in));
  }

  @Override
  public TypeSerializerSnapshot<SourceRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** How Flink finds the serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SourceRecord> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
