package io.millrace.jobs.sink;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.file.sink.writer.FileWriter;
import org.apache.flink.connector.file.sink.writer.FileWriterBucketState;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Flink's file sink whose committed files become part of their table's next snapshot. Files and
 * manifest are committed when their checkpoint is complete; what was cut off in between is done
 * when the job goes on, once.
 */
final class SnapshotSink<T>
    implements Sink<T>,
        SupportsWriterState<T, FileWriterBucketState>,
        SupportsCommitter<TableCommittable> {
  private static final long serialVersionUID = 1;

  private final URI root;
  private final FileSink<T> files;
  private final Duration silence;

  /**
   * @param root of the offline store
   * @param files puts rows into folders of tables and days below it
   * @param silence after how long without rows a table is committed to all the same
   */
  SnapshotSink(URI root, FileSink<T> files, Duration silence) {
    this.root = root;
    this.files = files;
    this.silence = silence;
  }

  @Override
  public SnapshotWriter<T> createWriter(WriterInitContext context) throws IOException {
    return writer(files.createWriter(context));
  }

  @Override
  public StatefulSinkWriter<T, FileWriterBucketState> restoreWriter(
      WriterInitContext context, Collection<FileWriterBucketState> state) throws IOException {
    return writer(files.restoreWriter(context, state));
  }

  private SnapshotWriter<T> writer(FileWriter<T> writer) {
    return new SnapshotWriter<>(writer, new SilentTables(silence), System::currentTimeMillis);
  }

  @Override
  public SimpleVersionedSerializer<FileWriterBucketState> getWriterStateSerializer() {
    try {
      return files.getWriterStateSerializer();
    } catch (RuntimeException e) {
      throw unusable(e);
    }
  }

  @Override
  public Committer<TableCommittable> createCommitter(CommitterInitContext context)
      throws IOException {
    return new SnapshotCommitter(files.createCommitter(context), StoreFolders.at(root));
  }

  @Override
  public SimpleVersionedSerializer<TableCommittable> getCommittableSerializer() {
    try {
      return new TableCommittableSerializer(files.getCommittableSerializer());
    } catch (RuntimeException e) {
      throw unusable(e);
    }
  }

  private IllegalStateException unusable(RuntimeException e) {
    return new IllegalStateException(
        "the offline store at " + root + " cannot be written: " + e.getMessage(), e);
  }
}
