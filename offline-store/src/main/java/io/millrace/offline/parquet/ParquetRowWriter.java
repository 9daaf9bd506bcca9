package io.millrace.offline.parquet;

import io.millrace.offline.OfflineTable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.avro.AvroWriteSupport;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

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

  private static final int PAGE_BYTES = 64 << 10;
  // The paths of values below a list's and a map's group, as the standard names them.
  private static final String LIST_ITEMS = ".list.element";
  private static final String MAP_VALUES = ".key_value.value";

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
    AvroParquetWriter.Builder<GenericRecord> builder =
        AvroParquetWriter.<GenericRecord>builder(new StreamOutputFile(out))
            .withConf(configuration())
            .withSchema(table.schema())
            .withDataModel(GenericData.get())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withDictionaryEncoding(true)
            .withPageWriteChecksumEnabled(true)
            .withRowGroupSize((long) ROW_GROUP_BYTES)
            .withPageSize(PAGE_BYTES)
            .withDictionaryPageSize(PAGE_BYTES);
    for (Schema.Field field : table.schema().getFields()) {
      // Means and ratios seldom repeat, and a dictionary begins with 16 KB.
      if (isOf(Schema.Type.DOUBLE, field.schema())) {
        builder.withDictionaryEncoding(field.name(), false);
      } else if (isOf(Schema.Type.ARRAY, field.schema())) {
        builder.withDictionaryEncoding(field.name() + LIST_ITEMS, isText(field.schema()));
      } else if (isOf(Schema.Type.MAP, field.schema())) {
        builder.withDictionaryEncoding(field.name() + MAP_VALUES, false);
      }
    }
    return builder.build();
  }

  private static ParquetConfiguration configuration() {
    // Not the default: it would read Hadoop's configuration files.
    ParquetConfiguration configuration = new PlainParquetConfiguration();
    // The standard's three levels; the old two are what not all readers take for a list.
    configuration.setBoolean(AvroWriteSupport.WRITE_OLD_LIST_STRUCTURE, false);
    return configuration;
  }

  private static boolean isOf(Schema.Type type, Schema schema) {
    return schema.isUnion()
        ? schema.getTypes().stream().anyMatch(branch -> isOf(type, branch))
        : schema.getType() == type;
  }

  private static boolean isText(Schema list) {
    return list.isUnion()
        ? list.getTypes().stream().anyMatch(ParquetRowWriter::isText)
        : list.getType() == Schema.Type.ARRAY && isOf(Schema.Type.STRING, list.getElementType());
  }
}
