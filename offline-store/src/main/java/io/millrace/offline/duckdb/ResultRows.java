package io.millrace.offline.duckdb;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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

  /** Writes what is left as {@link ResultParquet} does. */
  long writeTo(Path file) throws SQLException, IOException {
    return ResultParquet.write(rows, file);
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
    if (value instanceof java.sql.Timestamp || value instanceof LocalDateTime) {
      LocalDateTime time = rows.getObject(column, LocalDateTime.class);
      return time.toInstant(ZoneOffset.UTC).toString();
    }
    Optional<Object> plain = plain(value);
    return value == null ? null : plain.isPresent() ? plain.get() : rows.getString(column);
  }

  /** A value of the types of {@link QueryResult} but for text; empty for null and other types. */
  private static Optional<Object> plain(Object value) throws SQLException {
    if (value instanceof Boolean || value instanceof Long) {
      return Optional.of(value);
    }
    if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
      return Optional.of(((Number) value).longValue());
    }
    if (value instanceof Double || value instanceof Float) {
      return Optional.of(((Number) value).doubleValue());
    }
    if (value instanceof OffsetDateTime time) {
      return Optional.of(time.toInstant().toString());
    }
    if (value instanceof java.sql.Array array) {
      List<Object> items = new ArrayList<>();
      for (Object item : (Object[]) array.getArray()) {
        items.add(item(item));
      }
      return Optional.of(items);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> entries = new TreeMap<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        entries.put(String.valueOf(entry.getKey()), item(entry.getValue()));
      }
      return Optional.of(entries);
    }
    return Optional.empty();
  }

  private static Object item(Object value) throws SQLException {
    return value == null ? null : plain(value).orElse(value.toString());
  }
}
