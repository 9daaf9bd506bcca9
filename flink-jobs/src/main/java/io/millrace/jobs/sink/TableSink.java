package io.millrace.jobs.sink;

import io.millrace.jobs.sink.TableRoute.Placed;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;

/**
 * Parquet in the offline store's layout, through Flink's file sink: a file has a hidden name until
 * the checkpoint that covers it completes, every record is in exactly one, and a snapshot of its
 * table names it from then on.
 */
final class TableSink {
  private static final long MAX_FILE_BYTES = 256L << 20;
  private static final long INACTIVE_MS = 2_000;
  private static final long CHECK_INTERVAL_MS = 500;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);

  private TableSink() {}

  static <T> Sink<T> of(URI root, TableRoute<T> route) {
    return new SnapshotSink<>(root, files(root, route), FOR_EVER);
  }

  /** A sink whose tables' snapshots tell of the watermark also while there are no rows. */
  static <T> Sink<T> tellingSilence(URI root, TableRoute<T> route) {
    return new SnapshotSink<>(root, files(root, route), SilentTables.AFTER);
  }

  private static <T> FileSink<T> files(URI root, TableRoute<T> route) {
    return FileSink.<T>forBulkFormat(new Path(root), out -> new Writer<>(route, out))
        .withBucketAssigner(new Folders<>(route))
        .withRollingPolicy(new InactiveRolling<T>(MAX_FILE_BYTES, INACTIVE_MS))
        .withBucketCheckInterval(CHECK_INTERVAL_MS)
        .withOutputFileConfig(
            OutputFileConfig.builder()
                // Runs into one store must not write files of the same name.
                .withPartPrefix("part-" + UUID.randomUUID().toString().substring(0, 8))
                .withPartSuffix(".parquet")
                .build())
        .build();
  }

  private static final class Folders<T> implements BucketAssigner<T, String> {
    private static final long serialVersionUID = 1;

    private final TableRoute<T> route;

    private Folders(TableRoute<T> route) {
      this.route = route;
    }

    @Override
    public String getBucketId(T record, Context context) {
      return route.place(record).folder();
    }

    @Override
    public SimpleVersionedSerializer<String> getSerializer() {
      return SimpleVersionedStringSerializer.INSTANCE;
    }
  }

  /** The first row tells which table the file is of; all others are of the same. */
  private static final class Writer<T> implements BulkWriter<T> {
    private final TableRoute<T> route;
    private final OutputStream out;
    private ParquetRowWriter<Object> writer;

    private Writer(TableRoute<T> route, FSDataOutputStream out) {
      this.route = route;
      // Parquet writes its headers byte by byte, and Flink's local stream hands each on to the
      // system.
      this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    @Override
    public void addElement(T record) throws IOException {
      @SuppressWarnings("unchecked") // a row lies beside its own table
      Placed<Object> placed = (Placed<Object>) route.place(record);
      if (writer == null) {
        writer = ParquetRowWriter.open(placed.table(), out);
      }
      writer.write(placed.row());
    }

    @Override
    public void flush() {
      // Parquet writes whole row groups; what is open belongs to the file's end.
    }

    @Override
    public void finish() throws IOException {
      if (writer != null) {
        writer.close();
      }
      out.flush();
    }
  }
}
