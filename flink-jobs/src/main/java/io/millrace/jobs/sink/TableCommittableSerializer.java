package io.millrace.jobs.sink;

import java.io.IOException;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * {@link TableCommittable} in checkpoints: writer, sequence, watermark, table and whether there is
 * a file, then the file as the file sink writes it, with its own version. Version 1 had files
 * alone, and their tables were told by them.
 */
final class TableCommittableSerializer implements SimpleVersionedSerializer<TableCommittable> {
  private static final int VERSION = 2;

  private final SimpleVersionedSerializer<FileSinkCommittable> files;

  TableCommittableSerializer(SimpleVersionedSerializer<FileSinkCommittable> files) {
    this.files = files;
  }

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(TableCommittable committable) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    out.writeUTF(committable.writer());
    out.writeLong(committable.sequence());
    out.writeLong(committable.watermarkMs());
    out.writeUTF(committable.table());
    out.writeBoolean(committable.file().isPresent());
    if (committable.file().isPresent()) {
      SimpleVersionedSerialization.writeVersionAndSerialize(files, committable.file().get(), out);
    }
    return out.getCopyOfBuffer();
  }

  @Override
  public TableCommittable deserialize(int version, byte[] bytes) throws IOException {
    if (version < 1 || version > VERSION) {
      throw new IOException(
          "the checkpoint holds files in the version "
              + version
              + ", but this job reads those up to "
              + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    String writer = in.readUTF();
    long sequence = in.readLong();
    long watermarkMs = in.readLong();
    if (version > 1) {
      String table = in.readUTF();
      if (!in.readBoolean()) {
        return TableCommittable.ofSilent(table, writer, sequence, watermarkMs);
      }
    }
    return TableCommittable.of(
        SimpleVersionedSerialization.readVersionAndDeSerialize(files, in),
        writer,
        sequence,
        watermarkMs);
  }
}
