package io.millrace.offline.duckdb;

import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.OutputColumn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A file of rows that somebody else wrote, Parquet or CSV, of any size and in any order: tells its
 * columns and sorts it by time, on disk where memory does not do. Not thread-safe.
 *
 * <pre>
 * try (SpineFile spine = SpineFile.open(path, request.schema(), work, 512)) {
 *   spine.columns();                                   // ask, then
 *   spine.sort("requested_at", columns, sorted);       // write
 * }
 * </pre>
 *
 * <p>A CSV file has a line of names. Its columns that the request has too are read as the request's
 * types; the types of the others, and whether a column holds times, are told by the values. A time
 * without a zone is UTC, in both formats. An empty field is null, a quoted empty one is not.
 */
public final class SpineFile implements AutoCloseable {
  /** The first column of a sorted file: the row's number in the spine, from 0. */
  public static final String ROW = "spine_row";

  /** The second: the row's time, TIMESTAMP in milliseconds, floored; null if it has none. */
  public static final String AT = "spine_at";

  private static final int MESSAGE_LINES = 6;

  private final Path path;
  private final Connection duck;
  private final String scan;
  private final Map<String, String> types;

  private SpineFile(Path path, Connection duck, String scan, Map<String, String> types) {
    this.path = path;
    this.duck = duck;
    this.scan = scan;
    this.types = types;
  }

  /** Whether the name says that the file is CSV, packed or not. */
  public static boolean isCsv(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".csv") || name.endsWith(".csv.gz") || name.endsWith(".csv.zst");
  }

  /**
   * Opens a file.
   *
   * @param path ends in {@code .csv}, {@code .csv.gz}, {@code .csv.zst} or {@code .parquet}
   * @param wanted the types that columns of a CSV file should have, where it has them
   * @param work an empty folder for what does not fit into memory
   * @throws OfflineException if there is no such file or it cannot be read
   */
  public static SpineFile open(Path path, RowSchema wanted, Path work, int memoryMb) {
    if (!Files.isRegularFile(path)) {
      throw new OfflineException("there is no file " + path + "; mend the path");
    }
    boolean csv = isCsv(path);
    if (!csv && !String.valueOf(path.getFileName()).endsWith(".parquet")) {
      throw new OfflineException(
          "the spine " + path + " must be a .parquet, .csv, .csv.gz or .csv.zst file");
    }
    Connection duck = null;
    try {
      duck = DriverManager.getConnection("jdbc:duckdb:");
      execute(duck, "set memory_limit = '" + memoryMb + "MB'");
      execute(duck, "set temp_directory = " + quoted(work.toAbsolutePath().toString()));
      execute(duck, "set TimeZone = 'UTC'");
      execute(duck, "set preserve_insertion_order = true");
      execute(duck, "set autoinstall_known_extensions = false");
      String file = quoted(path.toAbsolutePath().toString());
      String scan = "read_parquet(" + file + ")";
      if (csv) {
        String options = ", header = true, nullstr = '', allow_quoted_nulls = false";
        Map<String, String> names =
            describe(duck, "read_csv(" + file + options + ", all_varchar = true)");
        String given =
            wanted.fields().stream()
                .filter(f -> names.containsKey(f.name()) && f.type() != ValueType.TIMESTAMP)
                .map(f -> quoted(f.name()) + ": " + quoted(duckType(f.type())))
                .collect(Collectors.joining(", ", "{", "}"));
        String typed = given.equals("{}") ? "" : ", types = " + given;
        scan = "read_csv(" + file + options + typed + ", sample_size = -1)";
      }
      return new SpineFile(path, duck, scan, describe(duck, scan));
    } catch (SQLException e) {
      close(duck);
      throw unreadable(path, e);
    }
  }

  /** Name to type of all columns, in their order, the types as DuckDB writes them. */
  public Map<String, String> columns() {
    return types;
  }

  /**
   * What a type is in a row; null if rows do not hold such values.
   *
   * @param type as {@link #columns} names it
   */
  public static OutputColumn.Kind kindOf(String type) {
    if (type.startsWith("ENUM")) {
      return OutputColumn.Kind.STRING;
    }
    return switch (type) {
      case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER" ->
          OutputColumn.Kind.INT64;
      case "FLOAT", "DOUBLE" -> OutputColumn.Kind.FLOAT64;
      case "BOOLEAN" -> OutputColumn.Kind.BOOL;
      case "VARCHAR" -> OutputColumn.Kind.STRING;
      case "DATE" -> OutputColumn.Kind.DATE;
      case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE" ->
          OutputColumn.Kind.MICROS;
      case "TINYINT[]", "SMALLINT[]", "INTEGER[]", "BIGINT[]" -> OutputColumn.Kind.INT64_LIST;
      case "FLOAT[]", "DOUBLE[]" -> OutputColumn.Kind.FLOAT64_LIST;
      case "VARCHAR[]" -> OutputColumn.Kind.STRING_LIST;
      case "MAP(VARCHAR, DOUBLE)", "MAP(VARCHAR, FLOAT)" -> OutputColumn.Kind.FLOAT64_MAP;
      default -> null;
    };
  }

  /**
   * Writes the rows in the order of (time, row), rows without a time first: {@link #ROW}, {@link
   * #AT}, then the columns, named {@code c0, c1, ...}. Instants and dates become INT64 of
   * microseconds and days; other values are as in the file.
   *
   * @throws OfflineException if a value cannot be read or the disk is full
   */
  public void sort(String timeColumn, List<OutputColumn> columns, Path sorted) {
    List<String> select = new ArrayList<>();
    String time = "\"" + timeColumn.replace("\"", "\"\"") + "\"";
    select.add("row_number() over () - 1 as " + ROW);
    String us = micros(time, types.get(timeColumn));
    // Floored, also before 1970.
    select.add("epoch_ms((" + us + " - ((" + us + " % 1000) + 1000) % 1000) // 1000) as " + AT);
    for (int i = 0; i < columns.size(); i++) {
      OutputColumn column = columns.get(i);
      String name = "\"" + column.name().replace("\"", "\"\"") + "\"";
      select.add(value(name, column.kind(), types.get(column.name())) + " as c" + i);
    }
    String query =
        "copy (select * from (select "
            + String.join(", ", select)
            + " from "
            + scan
            + ") order by "
            + AT
            + " nulls first, "
            + ROW
            + ") to "
            + quoted(sorted.toAbsolutePath().toString())
            + " (format parquet, compression lz4_raw, row_group_size 65536)";
    try {
      execute(duck, query);
    } catch (SQLException e) {
      throw unreadable(path, e);
    }
  }

  @Override
  public void close() {
    close(duck);
  }

  private static String value(String name, OutputColumn.Kind kind, String type) {
    return switch (kind) {
      case INT64 -> name + "::bigint";
      case FLOAT64 -> name + "::double";
      case STRING -> name + "::varchar";
      case MICROS, MILLIS -> micros(name, type);
      case DATE -> "(" + name + " - date '1970-01-01')::bigint";
      case INT64_LIST -> name + "::bigint[]";
      case FLOAT64_LIST -> name + "::double[]";
      case FLOAT64_MAP -> name + "::map(varchar, double)";
      case BOOL, STRING_LIST -> name;
    };
  }

  /** Microseconds since 1970; null for infinity too. */
  private static String micros(String name, String type) {
    String instant = type.equals("DATE") ? name + "::timestamp" : name;
    return "(case when isfinite(" + instant + ") then epoch_us(" + instant + ") end)";
  }

  private static String duckType(ValueType type) {
    return switch (type) {
      case INT64 -> "BIGINT";
      case FLOAT64 -> "DOUBLE";
      case BOOL -> "BOOLEAN";
      case STRING -> "VARCHAR";
      case TIMESTAMP -> "TIMESTAMP";
      case INT64_LIST -> "BIGINT[]";
      case FLOAT64_LIST -> "DOUBLE[]";
      case STRING_LIST -> "VARCHAR[]";
      case FLOAT64_MAP -> "MAP(VARCHAR, DOUBLE)";
    };
  }

  private static Map<String, String> describe(Connection duck, String scan) throws SQLException {
    Map<String, String> types = new LinkedHashMap<>();
    try (Statement statement = duck.createStatement();
        ResultSet rows = statement.executeQuery("describe select * from " + scan)) {
      while (rows.next()) {
        types.put(rows.getString(1), rows.getString(2));
      }
    }
    return types;
  }

  private static OfflineException unreadable(Path path, SQLException e) {
    String message =
        String.valueOf(e.getMessage())
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .limit(MESSAGE_LINES)
            .collect(Collectors.joining("; "));
    String fix =
        message.contains("No space left") || message.contains("failed to offload")
            ? "free some of the disk that --out lies on, or choose another"
            : message.startsWith("Out of Memory")
                ? "allow more with --memory"
                : "mend the file, or write it again if its copying was cut short";
    return new OfflineException(
        "the spine " + path + " cannot be read: " + message + "; " + fix, e);
  }

  private static void execute(Connection duck, String sql) throws SQLException {
    try (Statement statement = duck.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static void close(Connection duck) {
    try {
      if (duck != null) {
        duck.close();
      }
    } catch (SQLException e) {
      throw new OfflineException("the query engine cannot be closed: " + e.getMessage(), e);
    }
  }
}
