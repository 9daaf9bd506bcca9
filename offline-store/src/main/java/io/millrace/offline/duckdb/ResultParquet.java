package io.millrace.offline.duckdb;

import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an answer to a Parquet file. DuckDB may write nothing itself, so that no query can. Values
 * of types that rows do not hold become text.
 */
final class ResultParquet {
  private static final Values NOTHING = new Values(0);

  private ResultParquet() {}

  /** Writes beside the place and renames: the file appears whole or not at all. */
  static long write(ResultSet rows, Path file) throws SQLException, IOException {
    if (Files.exists(file)) {
      throw new OfflineException(file + " exists; choose another name, or remove it");
    }
    ResultSetMetaData meta = rows.getMetaData();
    List<OutputColumn> columns = new ArrayList<>();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      OutputColumn.Kind kind = SpineFile.kindOf(meta.getColumnTypeName(i));
      columns.add(
          new OutputColumn(
              meta.getColumnLabel(i), isScalar(kind) ? kind : OutputColumn.Kind.STRING));
    }
    requireDifferentNames(columns);
    if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
      throw new OfflineException(
          "there is no folder "
              + file.toAbsolutePath().getParent()
              + "; make it, or mend the path");
    }
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    long count = 0;
    try {
      Files.deleteIfExists(partial);
      try (ValuesWriter writer = ValuesWriter.create(columns, partial)) {
        for (; rows.next(); count++) {
          Values row = new Values(columns.size());
          for (int i = 0; i < columns.size(); i++) {
            set(row, i, columns.get(i).kind(), rows);
          }
          writer.write(row, NOTHING);
        }
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      return count;
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be written: " + e + "; choose another place", e);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static boolean isScalar(OutputColumn.Kind kind) {
    if (kind == null) {
      return false;
    }
    return switch (kind) {
      case INT64, FLOAT64, BOOL, STRING, MILLIS, MICROS, DATE -> true;
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> false;
    };
  }

  private static void requireDifferentNames(List<OutputColumn> columns) {
    List<String> names = columns.stream().map(OutputColumn::name).toList();
    names.stream()
        .filter(name -> names.indexOf(name) != names.lastIndexOf(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new OfflineException(
                  "two columns of the answer are named " + name + "; name one with AS");
            });
  }

  private static void set(Values row, int index, OutputColumn.Kind kind, ResultSet rows)
      throws SQLException {
    int column = index + 1;
    if (rows.getObject(column) == null) {
      return;
    }
    switch (kind) {
      case INT64 -> row.setLong(index, rows.getLong(column));
      case FLOAT64 -> row.setDouble(index, rows.getDouble(column));
      case BOOL -> row.setBoolean(index, rows.getBoolean(column));
      case DATE -> row.setLong(index, rows.getObject(column, LocalDate.class).toEpochDay());
      case MICROS, MILLIS -> row.setLong(index, micros(rows, column));
      default -> row.setText(index, rows.getString(column));
    }
  }

  private static long micros(ResultSet rows, int column) throws SQLException {
    OffsetDateTime time =
        rows.getObject(column) instanceof OffsetDateTime zoned
            ? zoned
            : rows.getObject(column, LocalDateTime.class).atOffset(ZoneOffset.UTC);
    return ChronoUnit.MICROS.between(
        OffsetDateTime.ofInstant(java.time.Instant.EPOCH, ZoneOffset.UTC), time);
  }
}
