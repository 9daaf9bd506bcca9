package io.millrace.offline.parquet;

import io.millrace.offline.ColumnRoles;
import io.millrace.offline.OfflineException;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
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
 * Makes few sorted files of many that the store wrote with one schema: sorts what fits into memory
 * into runs, then merges the runs. Rows are copied, not changed. Not thread-safe.
 */
public final class FileMerge {
  static final String AVRO_SCHEMA = "parquet.avro.schema";

  private static final long ROW_GROUP_BYTES = 64L << 20;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Schema schema;
  private final ColumnRoles roles;
  private final Comparator<GenericRecord> order;
  private final long targetBytes;
  private final int rowsInMemory;

  private FileMerge(Schema schema, ColumnRoles roles, long targetBytes, int rowsInMemory) {
    this.schema = schema;
    this.roles = roles;
    this.order = order(schema, roles);
    this.targetBytes = targetBytes;
    this.rowsInMemory = rowsInMemory;
  }

  /**
   * A merge of files like one of them.
   *
   * @param like one of the files
   * @param entity columns that are sorted by before time; those that the file names if it is empty
   * @param targetBytes a file is ended when it has about so many
   * @param rowsInMemory how many rows are sorted at once
   * @throws OfflineException if the store did not write the file, or it has no such columns
   */
  public static FileMerge like(Path like, List<String> entity, long targetBytes, int rowsInMemory) {
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            new LocalInputFile(like),
            ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
      var meta = reader.getFileMetaData().getKeyValueMetaData();
      if (!meta.containsKey(AVRO_SCHEMA)) {
        throw new OfflineException(like + " was not written by the store; leave it as it is");
      }
      Schema schema = new Schema.Parser().parse(meta.get(AVRO_SCHEMA));
      ColumnRoles roles = DataFiles.roles(meta);
      for (String column : entity) {
        if (schema.getField(column) == null) {
          throw new OfflineException(
              like + " has no column " + column + " to sort by; it has " + names(schema));
        }
      }
      return new FileMerge(
          schema, entity.isEmpty() ? roles : roles.about(entity), targetBytes, rowsInMemory);
    } catch (IOException e) {
      throw new OfflineException(like + " cannot be read: " + e, e);
    }
  }

  /**
   * Merges files.
   *
   * @param output where the next file goes, by its number; it must not exist
   * @return the files
   * @throws IOException if one cannot be read or written; what was written is deleted
   */
  public List<Path> merge(List<Path> inputs, Function<Integer, Path> output) throws IOException {
    List<Path> runs = new ArrayList<>();
    List<Path> outputs = new ArrayList<>();
    boolean done = false;
    try {
      List<GenericRecord> rows = new ArrayList<>();
      for (Path input : inputs) {
        try (ParquetReader<GenericRecord> reader = reader(input)) {
          for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
            rows.add(row);
            if (rows.size() == rowsInMemory) {
              runs.add(writeRun(rows, output.apply(0), runs.size()));
            }
          }
        }
      }
      try (Outputs out = new Outputs(output, outputs)) {
        if (runs.isEmpty()) {
          rows.sort(order);
          for (GenericRecord row : rows) {
            out.write(row);
          }
        } else {
          if (!rows.isEmpty()) {
            runs.add(writeRun(rows, output.apply(0), runs.size()));
          }
          mergeRuns(runs, out);
        }
        out.end();
      }
      done = true;
      return outputs;
    } finally {
      for (Path run : runs) {
        Files.deleteIfExists(run);
      }
      if (!done) {
        for (Path file : outputs) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private Path writeRun(List<GenericRecord> rows, Path beside, int number) throws IOException {
    rows.sort(order);
    Path run = beside.resolveSibling(beside.getFileName() + ".run" + number);
    try (OutputStream file = Files.newOutputStream(run, StandardOpenOption.CREATE_NEW);
        OutputStream out = new BufferedOutputStream(file, BUFFER_BYTES);
        ParquetWriter<GenericRecord> writer =
            RecordWriterBuilder.open(schema, roles, out, ParquetRowWriter.ROW_GROUP_BYTES)) {
      for (GenericRecord row : rows) {
        writer.write(row);
      }
    }
    rows.clear();
    return run;
  }

  private void mergeRuns(List<Path> runs, Outputs out) throws IOException {
    PriorityQueue<Run> next =
        new PriorityQueue<>(
            Comparator.<Run, GenericRecord>comparing(run -> run.row, order)
                .thenComparingInt(run -> run.number));
    List<Run> all = new ArrayList<>();
    try {
      for (Path path : runs) {
        Run run = new Run(all.size(), reader(path));
        all.add(run);
        if (run.advance()) {
          next.add(run);
        }
      }
      while (!next.isEmpty()) {
        Run run = next.remove();
        out.write(run.row);
        if (run.advance()) {
          next.add(run);
        }
      }
    } finally {
      for (Run run : all) {
        run.rows.close();
      }
    }
  }

  private static ParquetReader<GenericRecord> reader(Path file) throws IOException {
    return AvroParquetReader.<GenericRecord>builder(
            new LocalInputFile(file), new PlainParquetConfiguration())
        .withDataModel(GenericData.get())
        .build();
  }

  /** By entity, then time, then where the row was read. */
  private static Comparator<GenericRecord> order(Schema schema, ColumnRoles roles) {
    List<String> names = new ArrayList<>(roles.entity());
    roles.time().ifPresent(names::add);
    roles.partition().ifPresent(names::add);
    roles.offset().ifPresent(names::add);
    int[] places = names.stream().mapToInt(name -> schema.getField(name).pos()).toArray();
    return (a, b) -> {
      for (int place : places) {
        int order = compare(a.get(place), b.get(place));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // values of one column have one type
  private static int compare(Object a, Object b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? -1 : 1;
    }
    return a instanceof Comparable comparable ? comparable.compareTo(b) : 0;
  }

  private static List<String> names(Schema schema) {
    return schema.getFields().stream().map(Schema.Field::name).toList();
  }

  private static final class Run {
    private final int number;
    private final ParquetReader<GenericRecord> rows;
    private GenericRecord row;

    private Run(int number, ParquetReader<GenericRecord> rows) {
      this.number = number;
      this.rows = rows;
    }

    private boolean advance() throws IOException {
      row = rows.read();
      return row != null;
    }
  }

  /** The files that are written, one at a time, each forced to disk before the next. */
  private final class Outputs implements Closeable {
    private final Function<Integer, Path> place;
    private final List<Path> written;
    private FileChannel channel;
    private OutputStream out;
    private ParquetWriter<GenericRecord> writer;

    private Outputs(Function<Integer, Path> place, List<Path> written) {
      this.place = place;
      this.written = written;
    }

    private void write(GenericRecord row) throws IOException {
      if (writer == null) {
        Path file = place.apply(written.size());
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        written.add(file);
        out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        writer = RecordWriterBuilder.open(schema, roles, out, ROW_GROUP_BYTES);
      }
      writer.write(row);
      if (writer.getDataSize() >= targetBytes) {
        end();
      }
    }

    private void end() throws IOException {
      if (writer != null) {
        ParquetWriter<GenericRecord> ended = writer;
        writer = null;
        ended.close();
        out.flush();
        channel.force(true);
        channel.close();
      }
    }

    /** After a failure; a file that was ended is closed already. */
    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
    }
  }
}
