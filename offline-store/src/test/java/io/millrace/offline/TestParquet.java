package io.millrace.offline;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A second opinion on Parquet: DuckDB writes files that we read, and reads those that we write. */
public final class TestParquet {
  private TestParquet() {}

  /** Writes what a query answers to a file. */
  public static Path write(Path file, String query) {
    return write(file, query, "");
  }

  /** The same with options of COPY, such as {@code , row_group_size 2048}. */
  public static Path write(Path file, String query, String options) {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("copy (" + query + ") to '" + file + "' (format parquet" + options + ")");
      return file;
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  /** What a query answers, each row its values as text. */
  public static List<List<String>> read(String query) {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      ResultSetMetaData columns = rows.getMetaData();
      List<List<String>> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }
}
