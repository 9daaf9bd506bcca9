package io.millrace.offline.parquet;

import io.millrace.offline.OfflineTable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.hadoop.ParquetWriter;

/**
 * Writes the rows of a table to one Parquet file: ZSTD, dictionaries, statistics, page index and
 * checksums. Made so that hundreds may be open at once: buffers begin small and grow with the rows,
 * up to a row group of {@value #ROW_GROUP_BYTES} bytes. Not thread-safe.
 *
 * <pre>
 * try (ParquetRowWriter&lt;Known&lt;Event&gt;&gt; writer = ParquetRowWriter.open(table, file)) {
 *   writer.write(new Known&lt;&gt;(event, nowMs));
 * }
 * </pre>
 */
public final class ParquetRowWriter<T> implements AutoCloseable {
  static final int ROW_GROUP_BYTES = 16 << 20;

  private final OfflineTable<T> table;
  private final ParquetWriter<GenericRecord> writer;
  private final OutputStream owned;

  private ParquetRowWriter(
      OfflineTable<T> table, ParquetWriter<GenericRecord> writer, OutputStream owned) {
    this.table = table;
    this.writer = writer;
    this.owned = owned;
  }

  /**
   * Writes to a stream from its present position, which becomes the file's beginning. {@link
   * #close} ends the file and flushes the stream, but leaves it open.
   */
  public static <T> ParquetRowWriter<T> open(OfflineTable<T> table, OutputStream out)
      throws IOException {
    return new ParquetRowWriter<>(table, writer(table, out), OutputStream.nullOutputStream());
  }

  /**
   * Writes a new file, making its folders. The file is whole only after {@link #close}.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one
   */
  public static <T> ParquetRowWriter<T> open(OfflineTable<T> table, Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
    try {
      return new ParquetRowWriter<>(table, writer(table, out), out);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /** Adds a row. After an exception the file is lost and must be written again. */
  public void write(T row) throws IOException {
    writer.write(table.record(row));
  }

  /** How large the file is about, with what is still in memory. */
  public long sizeBytes() {
    return writer.getDataSize();
  }

  @Override
  public void close() throws IOException {
    try (OutputStream closed = owned) {
      writer.close();
    }
  }

  private static ParquetWriter<GenericRecord> writer(OfflineTable<?> table, OutputStream out)
      throws IOException {
    return RecordWriterBuilder.open(table.schema(), table.roles(), out, ROW_GROUP_BYTES);
  }
}
