package io.millrace.jobs.sink;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.connector.file.sink.writer.FileWriter;
import org.apache.flink.connector.file.sink.writer.FileWriterBucketState;

/** Flink's file writer; what it hands to the committer says whose it is and as of when. */
final class SnapshotWriter<T>
    implements StatefulSinkWriter<T, FileWriterBucketState>,
        CommittingSinkWriter<T, TableCommittable> {
  private final FileWriter<T> files;
  private final String name;
  private long sequence;
  private long watermarkMs = Long.MIN_VALUE;

  SnapshotWriter(FileWriter<T> files, long startedMs) {
    this.files = files;
    this.name =
        String.format(
            Locale.ROOT, "%013d-%s", startedMs, UUID.randomUUID().toString().substring(0, 8));
  }

  @Override
  public void write(T record, Context context) throws IOException, InterruptedException {
    files.write(record, context);
  }

  @Override
  public void writeWatermark(Watermark watermark) {
    watermarkMs = watermark.getTimestamp();
  }

  @Override
  public void flush(boolean endOfInput) throws IOException, InterruptedException {
    files.flush(endOfInput);
  }

  @Override
  public Collection<TableCommittable> prepareCommit() throws IOException {
    sequence++;
    return files.prepareCommit().stream()
        .map(file -> new TableCommittable(file, name, sequence, watermarkMs))
        .toList();
  }

  @Override
  public List<FileWriterBucketState> snapshotState(long checkpoint) throws IOException {
    return files.snapshotState(checkpoint);
  }

  @Override
  public void close() {
    files.close();
  }
}
