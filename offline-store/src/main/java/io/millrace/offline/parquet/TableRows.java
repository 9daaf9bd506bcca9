package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Reads the rows of a table's folder, some columns of some days, file after file in the order of
 * their names. A nullable column that a file does not have, since it was written before the column
 * was defined, is null there. Not thread-safe.
 *
 * <pre>
 * try (TableRows rows = TableRows.open(store.folder(table), columns, from, until)) {
 *   while (rows.next()) {
 *     use(rows.row());        // valid until the next call of next()
 *   }
 * }
 * </pre>
 */
public final class TableRows implements AutoCloseable {
  private static final String PARTITION_PREFIX = "dt=";

  private final RowSchema columns;
  private final Iterator<Path> files;
  private final Values row;
  private ParquetRowReader reader;
  // For each column its place in the file's rows, or -1 where the file has none.
  private final int[] places;

  private TableRows(RowSchema columns, Iterator<Path> files) {
    this.columns = columns;
    this.files = files;
    this.row = new Values(columns.size());
    this.places = new int[columns.size()];
  }

  /** Reads all days. */
  public static TableRows open(Path folder, RowSchema columns) {
    return open(folder, columns, LocalDate.MIN, LocalDate.MAX);
  }

  /**
   * Reads the days of {@code [from, until)}.
   *
   * @param folder the table's folder; one that does not exist has no rows
   * @param columns what is read, by name; columns inside groups are named with dots
   */
  public static TableRows open(Path folder, RowSchema columns, LocalDate from, LocalDate until) {
    List<Path> chosen = new ArrayList<>();
    if (Files.exists(folder)) {
      for (Path file : ParquetFiles.at(folder)) {
        LocalDate day = dayOf(folder, file);
        if (!day.isBefore(from) && day.isBefore(until)) {
          chosen.add(file);
        }
      }
    }
    return new TableRows(columns, chosen.iterator());
  }

  /** Reads one day, without a look at the others. */
  public static TableRows openDay(Path folder, RowSchema columns, LocalDate day) {
    Path partition = folder.resolve(PARTITION_PREFIX + day);
    return new TableRows(
        columns,
        Files.exists(partition)
            ? ParquetFiles.at(partition).iterator()
            : List.<Path>of().iterator());
  }

  /**
   * Moves to the next row.
   *
   * @return false at the end
   * @throws OfflineException if a file is damaged, lacks a column that must be there, or has it in
   *     another type
   */
  public boolean next() {
    while (reader == null || !reader.next()) {
      close();
      if (!files.hasNext()) {
        return false;
      }
      open(files.next());
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] < 0) {
        row.setNull(i);
      } else {
        row.copyFrom(i, reader.row(), places[i]);
      }
    }
    return true;
  }

  /** The current row; the same object each time, filled anew by {@link #next}. */
  public Values row() {
    return row;
  }

  /** What {@link #row} holds. */
  public RowSchema columns() {
    return columns;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  private void open(Path file) {
    reader = ParquetRowReader.open(file);
    List<String> selected = new ArrayList<>();
    for (int i = 0; i < places.length; i++) {
      Field column = columns.field(i);
      OptionalInt found = reader.fileSchema().indexOf(column.name());
      if (found.isPresent()) {
        requireType(file, column, reader.fileSchema().field(found.getAsInt()));
        places[i] = selected.size();
        selected.add(column.name());
      } else if (column.nullable()) {
        places[i] = -1;
      } else {
        throw new OfflineException(
            file + " has no column " + column.name() + "; it has " + reader.fileSchema().fields());
      }
    }
    reader.select(selected);
  }

  private static void requireType(Path file, Field column, Field found) {
    if (column.type() != found.type()) {
      throw new OfflineException(
          "the column "
              + column.name()
              + " of "
              + file
              + " is "
              + found.type()
              + ", but is read as "
              + column.type());
    }
  }

  private static LocalDate dayOf(Path folder, Path file) {
    String name = String.valueOf(folder.relativize(file).getName(0));
    try {
      if (name.startsWith(PARTITION_PREFIX)) {
        return LocalDate.parse(name.substring(PARTITION_PREFIX.length()));
      }
    } catch (DateTimeException e) {
      throw new OfflineException("the folder " + name + " in " + folder + " names no date", e);
    }
    throw new OfflineException(
        file + " lies in no folder of a day, such as dt=2008-03-09; move it there or away");
  }
}
