package io.millrace.offline.duckdb;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** The rows of an answer as values of few types; see {@link QueryResult}. */
final class ResultRows {
  private final ResultSet rows;
  private final List<String> columns = new ArrayList<>();

  ResultRows(ResultSet rows) throws SQLException {
    this.rows = rows;
    ResultSetMetaData meta = rows.getMetaData();
    for (int i = 1; i <= meta.getColumnCount(); i++) {
      columns.add(meta.getColumnLabel(i));
    }
  }

  List<String> columns() {
    return columns;
  }

  boolean next() throws SQLException {
    return rows.next();
  }

  List<Object> values() throws SQLException {
    List<Object> values = new ArrayList<>(columns.size());
    for (int i = 1; i <= columns.size(); i++) {
      values.add(value(i));
    }
    return values;
  }

  private Object value(int column) throws SQLException {
    Object value = rows.getObject(column);
    if (value == null || value instanceof Boolean || value instanceof Long) {
      return value;
    }
    if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    if (value instanceof OffsetDateTime time) {
      return time.toInstant().toString();
    }
    if (value instanceof java.sql.Timestamp || value instanceof LocalDateTime) {
      LocalDateTime time = rows.getObject(column, LocalDateTime.class);
      return time.toInstant(ZoneOffset.UTC).toString();
    }
    return rows.getString(column);
  }
}
