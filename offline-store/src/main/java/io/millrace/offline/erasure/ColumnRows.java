package io.millrace.offline.erasure;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Rows whose column has the subject's value and that are old enough: their time or the time at
 * which they were known. What has neither is old enough.
 */
final class ColumnRows implements SubjectRows {
  private final String column;
  private final Subject subject;
  private final Cut cut;
  private final List<String> more;
  private final Consumer<Values> found;

  /**
   * How old a row must be.
   *
   * @param untilMs its event time is not later
   * @param knownMs or it was known by then
   */
  record Cut(long untilMs, long knownMs) {
    boolean reaches(long timeMs, long knownAtMs) {
      return timeMs <= untilMs || knownAtMs <= knownMs;
    }
  }

  /**
   * @param column of the file that is the subject's key column
   */
  ColumnRows(String column, Subject subject, Cut cut) {
    this(column, subject, cut, List.of(), row -> {});
  }

  /**
   * @param more columns, which all files have
   * @param found is told each row with the values of those, valid for the call
   */
  ColumnRows(String column, Subject subject, Cut cut, List<String> more, Consumer<Values> found) {
    this.column = column;
    this.subject = subject;
    this.cut = cut;
    this.more = more;
    this.found = found;
  }

  @Override
  public BitSet rowsOf(Path file) {
    BitSet rows = new BitSet();
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      RowSchema schema = reader.fileSchema();
      OptionalInt index = schema.indexOf(column);
      if (index.isEmpty()) {
        return rows;
      }
      List<String> selected = new ArrayList<>(more);
      int value = select(column, schema, selected);
      int time =
          select(
              DataFiles.describe("dt=/" + file.getFileName(), file).roles().time().orElse(""),
              schema,
              selected);
      int known = select(OfflineTables.KNOWLEDGE_TIME, schema, selected);
      reader.select(selected);
      var type = schema.field(index.getAsInt()).type();
      while (reader.next()) {
        Values row = reader.row();
        if (subject.value().equals(Subject.valueOf(row, value, type))
            && (time < 0 && known < 0 || cut.reaches(at(row, time), at(row, known)))) {
          rows.set((int) reader.rowNumber());
          found.accept(row);
        }
      }
    }
    return rows;
  }

  /** The column's place among the selected; -1 if the file does not have it. */
  static int select(String name, RowSchema schema, List<String> selected) {
    if (name.isEmpty() || schema.indexOf(name).isEmpty()) {
      return -1;
    }
    int place = selected.indexOf(name);
    if (place >= 0) {
      return place;
    }
    selected.add(name);
    return selected.size() - 1;
  }

  /** What is not known reaches nowhere. */
  static long at(Values row, int place) {
    return place < 0 || row.isNull(place) ? Long.MAX_VALUE : row.longAt(place);
  }
}
