package io.millrace.jobs.sink;

import java.io.IOException;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * {@link TableCommittable} in checkpoints: writer, sequence, watermark, then the file as the file
 * sink writes it, with its own version.
 */
final class TableCommittableSerializer implements SimpleVersionedSerializer<TableCommittable> {
  private static final int VERSION = 1;

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
    SimpleVersionedSerialization.writeVersionAndSerialize(files, committable.file(), out);
    return out.getCopyOfBuffer();
  }

  @Override
  public TableCommittable deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "the checkpoint holds files in the version "
              + version
              + ", but this job reads "
              + VERSION);
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    String writer = in.readUTF();
    long sequence = in.readLong();
    long watermarkMs = in.readLong();
    return new TableCommittable(
        SimpleVersionedSerialization.readVersionAndDeSerialize(files, in),
        writer,
        sequence,
        watermarkMs);
  }
}
