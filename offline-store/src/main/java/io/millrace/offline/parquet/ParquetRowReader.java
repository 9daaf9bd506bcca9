package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.schema.AvroRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.VersionParser;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.VersionParser.VersionParseException;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Reads the rows of one Parquet file in their order, only the columns asked for, without an object
 * for each number. A list or map holds no nulls and {@value AvroRows#MOST_ITEMS} items at most; a
 * row that has others is refused. Not thread-safe.
 *
 * <pre>
 * try (ParquetRowReader rows = ParquetRowReader.open(file)) {
 *   rows.select(List.of("carrier", "sched_dep_utc"));
 *   while (rows.next()) {
 *     use(rows.row());        // valid until the next call of next()
 *   }
 * }
 * </pre>
 */
public final class ParquetRowReader implements AutoCloseable {
  private static final RowChoice EVERY_ROW = new Groups(group -> true);

  private final Path file;
  private final ParquetFileReader reader;
  private final ParquetColumns columns;
  private final ParsedVersion writer;
  private RowSchema schema;
  private Values row;
  private ColumnCursor[] cursors;
  private long rowNumber = -1;
  private long rowsLeftInGroup;
  private int group = -1;
  private RowChoice choice = EVERY_ROW;
  private int judged = -1;

  private ParquetRowReader(Path file, ParquetFileReader reader) {
    this.file = file;
    this.reader = reader;
    this.columns =
        ParquetColumns.of(String.valueOf(file.getFileName()), reader.getFileMetaData().getSchema());
    this.writer = parse(reader.getFileMetaData().getCreatedBy());
    select(columns.schema().fields().stream().map(Field::name).toList());
  }

  /**
   * Opens a file with all its readable columns selected.
   *
   * @throws OfflineException if there is no such file or it is no whole Parquet file
   */
  public static ParquetRowReader open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new OfflineException("there is no file " + file + "; mend the path");
    }
    try {
      return new ParquetRowReader(
          file,
          ParquetFileReader.open(
              new LocalInputFile(file),
              // Not the default options: they would read Hadoop's configuration files.
              ParquetReadOptions.builder(new PlainParquetConfiguration())
                  .usePageChecksumVerification()
                  .build()));
    } catch (OfflineException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new OfflineException(
          file
              + " is not a whole Parquet file ("
              + e.getMessage()
              + "); if its copying was cut short, copy it again",
          e);
    }
  }

  /** The names and types of all readable columns of the file; the schema has the file's name. */
  public RowSchema fileSchema() {
    return columns.schema();
  }

  /** The columns that cannot be read, with their Parquet type. */
  public Map<String, String> unreadable() {
    return columns.unreadable();
  }

  /** How many rows the file has. */
  public long rows() {
    return reader.getRecordCount();
  }

  /**
   * Chooses what {@link #row} holds, in this order. To be called before the first {@link #next}.
   *
   * @throws IllegalArgumentException if there is no readable column of a name
   */
  public void select(List<String> names) {
    if (rowNumber >= 0) {
      throw new IllegalStateException("columns cannot be chosen after the first row was read");
    }
    List<Field> fields = new ArrayList<>();
    for (String name : names) {
      fields.add(columns.schema().field(columns.schema().requireIndexOf(name)));
    }
    schema = new RowSchema(columns.schema().name(), fields);
    row = new Values(fields.size());
    cursors = new ColumnCursor[fields.size()];
    for (int i = 0; i < cursors.length; i++) {
      Field field = fields.get(i);
      cursors[i] = ColumnCursor.of(field, columns.place(field.name()), i, row);
    }
    reader.setRequestedSchema(projection());
  }

  /** How many rows each group of the file has, in their order. */
  public long[] groups() {
    return reader.getRowGroups().stream().mapToLong(BlockMetaData::getRowCount).toArray();
  }

  /**
   * Reads the rows of one group alone. To be called after {@link #select} and before the first
   * {@link #next}.
   *
   * @param group its number in {@link #groups}
   */
  public void readGroup(int group) {
    long[] groups = groups();
    if (rowNumber >= 0 || group < 0 || group >= groups.length) {
      throw new IllegalArgumentException(
          file + " has the groups 0 to " + (groups.length - 1) + ", but " + group + " was asked");
    }
    choice = new Groups(one -> one == group);
  }

  /**
   * Reads some rows alone. To be called after {@link #select} and before the first {@link #next}.
   *
   * @param column a selected column of numbers, by which rows are chosen
   */
  public void choose(String column, RowChoice rows) {
    if (rowNumber >= 0) {
      throw new IllegalStateException("rows cannot be chosen after the first one was read");
    }
    judged = schema.requireIndexOf(column);
    choice = rows;
  }

  /** The names and types of the selected columns. */
  public RowSchema schema() {
    return schema;
  }

  /**
   * Moves to the next row.
   *
   * @return false at the end
   * @throws OfflineException if the file is damaged, naming the row
   */
  public boolean next() {
    try {
      boolean chosen;
      do {
        while (rowsLeftInGroup == 0) {
          rowsLeftInGroup = openGroup();
        }
        if (rowsLeftInGroup < 0) {
          return false;
        }
        chosen = readRow();
        rowsLeftInGroup--;
        rowNumber++;
      } while (!chosen);
    } catch (IOException | RuntimeException e) {
      throw damaged(e);
    }
    return true;
  }

  /** Reads a row, or skips it if it is not chosen. */
  private boolean readRow() {
    if (judged >= 0) {
      cursors[judged].readInto(row);
      if (!choice.hasRow(group, reader.getRowGroups().size(), row.longAt(judged))) {
        for (int i = 0; i < cursors.length; i++) {
          if (i != judged) {
            cursors[i].skip(row);
          }
        }
        return false;
      }
    }
    for (int i = 0; i < cursors.length; i++) {
      if (i != judged) {
        cursors[i].readInto(row);
      }
    }
    return true;
  }

  /** How many rows the next group has that is chosen; -1 at the end. */
  private long openGroup() throws IOException {
    List<BlockMetaData> groups = reader.getRowGroups();
    group++;
    while (group < groups.size() && !choice.hasGroup(group, groups.size())) {
      rowNumber += groups.get(group).getRowCount();
      reader.skipNextRowGroup();
      group++;
    }
    PageReadStore pages = reader.readNextRowGroup();
    if (pages == null) {
      return -1;
    }
    for (ColumnCursor cursor : cursors) {
      cursor.open(pages, writer);
    }
    return pages.getRowCount();
  }

  private OfflineException damaged(Exception e) {
    return new OfflineException(
        file
            + " is damaged: row "
            + (rowNumber + 1)
            + " cannot be read ("
            + e.getMessage()
            + "); copy or write the file again",
        e);
  }

  /** The current row; the same object each time, filled anew by {@link #next}. */
  public Values row() {
    return row;
  }

  /** The number of the current row in the file, from 0; -1 before the first. */
  public long rowNumber() {
    return rowNumber;
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be closed: " + e.getMessage(), e);
    }
  }

  /** The file's schema without the columns that are not selected. */
  private MessageType projection() {
    MessageType message = reader.getFileMetaData().getSchema();
    List<Type> kept = new ArrayList<>();
    for (Type field : message.getFields()) {
      Type part = Projection.of(field, List.of(), schema);
      if (part != null) {
        kept.add(part);
      }
    }
    return new MessageType(message.getName(), kept);
  }

  private static ParsedVersion parse(String createdBy) {
    try {
      return createdBy == null ? null : VersionParser.parse(createdBy);
    } catch (VersionParseException e) {
      // Only known writers have known faults to work around; an unknown one is taken at its word.
      return null;
    }
  }

  /** All rows of some groups. */
  private record Groups(IntPredicate wanted) implements RowChoice {
    @Override
    public boolean hasGroup(int group, int groups) {
      return wanted.test(group);
    }

    @Override
    public boolean hasRow(int group, int groups, long number) {
      return true;
    }
  }
}
