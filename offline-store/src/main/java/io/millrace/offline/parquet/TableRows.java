package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Reads the rows of a table's folder, some columns of some days, file after file in the order of
 * their names, of one snapshot. A nullable column that a file does not have, since it was written
 * before the column was defined, is null there; a column that was INT64 then and is FLOAT64 now is
 * widened; columns that nobody asks for any more are not read. Not thread-safe.
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
  private final RowSchema columns;
  private final Iterator<Path> files;
  private final Values row;
  private ParquetRowReader reader;
  // For each column its place in the file's rows, or -1 where the file has none.
  private final int[] places;
  // For each column whether the file has whole numbers where it is read as a real one.
  private final boolean[] widened;

  // Of each file, some rows by a column of theirs; null for all of them.
  private final String judged;
  private final RowChoice choice;

  private TableRows(RowSchema columns, Iterator<Path> files) {
    this(columns, files, null, null);
  }

  private TableRows(RowSchema columns, Iterator<Path> files, String judged, RowChoice choice) {
    this.columns = columns;
    this.files = files;
    this.judged = judged;
    this.choice = choice;
    this.row = new Values(columns.size());
    this.places = new int[columns.size()];
    this.widened = new boolean[columns.size()];
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
    return open(TableFiles.latest(folder), columns, from, until);
  }

  /** Reads the days of {@code [from, until)} of a snapshot. */
  public static TableRows open(
      TableFiles files, RowSchema columns, LocalDate from, LocalDate until) {
    return new TableRows(columns, files.between(from, until).iterator());
  }

  /** Reads files of a snapshot that may hold rows of {@code [fromMs, toMs]}. */
  public static TableRows openHolding(TableFiles files, RowSchema columns, long fromMs, long toMs) {
    return new TableRows(columns, files.holding(fromMs, toMs).iterator());
  }

  /** Reads one day, without a look at the others. */
  public static TableRows openDay(Path folder, RowSchema columns, LocalDate day) {
    return openDay(TableFiles.latest(folder), columns, day);
  }

  /** Reads one day of a snapshot. */
  public static TableRows openDay(TableFiles files, RowSchema columns, LocalDate day) {
    return new TableRows(columns, files.day(day).iterator());
  }

  /** Reads these files of a snapshot. */
  public static TableRows openFiles(RowSchema columns, Stream<Path> files) {
    return new TableRows(columns, files.iterator());
  }

  /**
   * Reads some rows of these files of a snapshot.
   *
   * @param judged the column of numbers by which rows are chosen
   */
  public static TableRows openParts(
      RowSchema columns, Stream<Path> files, String judged, RowChoice choice) {
    return new TableRows(columns, files.iterator(), judged, choice);
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
      } else if (widened[i] && !reader.row().isNull(places[i])) {
        row.setDouble(i, reader.row().longAt(places[i]));
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

  /**
   * Opens a file that {@link TableFiles} named; between that and now it may have been renamed.
   *
   * @throws OfflineException if it is not there or no whole Parquet file
   */
  public static ParquetRowReader reader(Path file) {
    try {
      return ParquetRowReader.open(file);
    } catch (OfflineException e) {
      Path renamed = TableFiles.otherName(file);
      if (Files.exists(file) || !Files.exists(renamed)) {
        throw e;
      }
      return ParquetRowReader.open(renamed);
    }
  }

  private void open(Path file) {
    reader = reader(file);
    List<String> selected = new ArrayList<>();
    for (int i = 0; i < places.length; i++) {
      Field column = columns.field(i);
      OptionalInt found = reader.fileSchema().indexOf(column.name());
      if (found.isPresent()) {
        Field stored = reader.fileSchema().field(found.getAsInt());
        widened[i] = column.type() == ValueType.FLOAT64 && stored.type() == ValueType.INT64;
        if (!widened[i]) {
          requireType(file, column, stored);
        }
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
    if (choice != null) {
      reader.choose(judged, choice);
    }
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
}
