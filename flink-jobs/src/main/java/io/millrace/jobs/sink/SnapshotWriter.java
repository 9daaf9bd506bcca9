package io.millrace.jobs.sink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.connector.file.sink.FileSinkCommittable;
import org.apache.flink.connector.file.sink.writer.FileWriter;
import org.apache.flink.connector.file.sink.writer.FileWriterBucketState;

/**
 * Flink's file writer; what it hands to the committer says whose it is and as of when, also of
 * tables that are silent.
 */
final class SnapshotWriter<T>
    implements StatefulSinkWriter<T, FileWriterBucketState>,
        CommittingSinkWriter<T, TableCommittable> {
  private final FileWriter<T> files;
  private final SilentTables silent;
  private final LongSupplier nowMs;
  private final String name;
  private long sequence;
  private long watermarkMs = Long.MIN_VALUE;

  SnapshotWriter(FileWriter<T> files, SilentTables silent, LongSupplier nowMs) {
    this.files = files;
    this.silent = silent;
    this.nowMs = nowMs;
    this.name =
        String.format(
            Locale.ROOT,
            "%013d-%s",
            nowMs.getAsLong(),
            UUID.randomUUID().toString().substring(0, 8));
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
    List<TableCommittable> committables = new ArrayList<>();
    for (FileSinkCommittable file : files.prepareCommit()) {
      TableCommittable committable = TableCommittable.of(file, name, sequence, watermarkMs);
      committables.add(committable);
      if (committable.path().isPresent()) {
        silent.spoke(committable.table(), watermarkMs, nowMs.getAsLong());
      }
    }
    for (String table : silent.due(watermarkMs, nowMs.getAsLong())) {
      committables.add(TableCommittable.ofSilent(table, name, sequence, watermarkMs));
    }
    return committables;
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
