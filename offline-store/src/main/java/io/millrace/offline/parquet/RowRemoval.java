package io.millrace.offline.parquet;

import io.millrace.offline.ColumnRoles;
import io.millrace.offline.OfflineException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalInputFile;

/**
 * Writes a file of the store again without some of its rows: pages, dictionaries, statistics and
 * indexes are made anew of those that stay, in their order. Stateless.
 */
public final class RowRemoval {
  private static final long ROW_GROUP_BYTES = 64L << 20;
  private static final int BUFFER_BYTES = 1 << 20;

  private RowRemoval() {}

  /**
   * The rows of a file, by number from 0, that a test picks out. For columns that {@link
   * ParquetRowReader} does not read; it is faster where it does.
   *
   * @throws OfflineException if the file is damaged
   */
  public static BitSet find(Path file, Predicate<GenericRecord> test) {
    BitSet found = new BitSet();
    try (ParquetReader<GenericRecord> reader = reader(file)) {
      int number = 0;
      for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
        if (test.test(row)) {
          found.set(number);
        }
        number++;
      }
      return found;
    } catch (IOException | RuntimeException e) {
      throw new OfflineException(
          file + " cannot be read (" + e.getMessage() + "); put it back from a copy", e);
    }
  }

  /**
   * Writes what stays of a file, and brings it to the disk.
   *
   * @param rows those that go, by number from 0
   * @param output must not exist; after a failure it does not
   * @return how many rows stay; if none does, no file is made
   * @throws OfflineException if the store did not write the file, or it cannot be read or written
   */
  public static long without(Path input, BitSet rows, Path output) {
    boolean done = false;
    try {
      Map<String, String> meta = meta(input);
      String text = meta.get(FileMerge.AVRO_SCHEMA);
      if (text == null) {
        throw new OfflineException(
            input + " was not written by the store, so it cannot be written again; delete it");
      }
      long kept =
          write(input, rows, output, new Schema.Parser().parse(text), DataFiles.roles(meta));
      done = kept > 0;
      return kept;
    } catch (IOException e) {
      throw new OfflineException(
          input
              + " cannot be written again as "
              + output
              + " ("
              + e
              + "); make room there, or give the right to write; nothing has changed",
          e);
    } finally {
      if (!done) {
        deleteQuietly(output);
      }
    }
  }

  private static long write(Path input, BitSet rows, Path output, Schema schema, ColumnRoles roles)
      throws IOException {
    long kept = 0;
    try (FileChannel channel =
            FileChannel.open(output, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out =
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        ParquetReader<GenericRecord> reader = reader(input)) {
      ParquetWriter<GenericRecord> writer =
          RecordWriterBuilder.open(schema, roles, out, ROW_GROUP_BYTES);
      int number = 0;
      for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
        if (!rows.get(number++)) {
          writer.write(row);
          kept++;
        }
      }
      writer.close();
      out.flush();
      channel.force(true);
    }
    return kept;
  }

  private static Map<String, String> meta(Path file) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            new LocalInputFile(file),
            ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
      return reader.getFileMetaData().getKeyValueMetaData();
    }
  }

  private static ParquetReader<GenericRecord> reader(Path file) throws IOException {
    return AvroParquetReader.<GenericRecord>builder(
            new LocalInputFile(file), new PlainParquetConfiguration())
        .withDataModel(GenericData.get())
        .build();
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }
}
