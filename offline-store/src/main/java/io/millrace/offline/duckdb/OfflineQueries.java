package io.millrace.offline.duckdb;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parquet.TableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Answers SQL over an offline store, for analysts and the command line. Each table is a view with
 * the table's name and a column {@code dt}; {@code predictions} is those of all models.
 *
 * <pre>
 * try (OfflineQueries queries = OfflineQueries.open(store, 512)) {
 *   queries.print("select dest, avg(arr_delay_min) from arrived group by dest", TABLE, System.out);
 * }
 * </pre>
 *
 * <p>A query reads and does nothing else: only one SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE
 * or SHOW statement is taken, told by DuckDB's own parser; no file outside the store's folder is
 * seen, no extension is loaded and no setting changed. All queries see the same snapshots. Not
 * thread-safe.
 */
public final class OfflineQueries implements AutoCloseable {
  private static final String PREDICTIONS = "predictions";

  private final Connection duck;
  private final List<String> tables;
  private final SortedMap<String, List<TableFiles>> views;
  private final List<Path> folders;

  private OfflineQueries(
      Connection duck,
      List<String> tables,
      SortedMap<String, List<TableFiles>> views,
      Collection<Path> folders) {
    this.duck = duck;
    this.tables = tables;
    this.folders = List.copyOf(folders);
    this.views = views;
  }

  /**
   * Opens the newest snapshots of the tables that are there now; what appears later needs another
   * opening.
   *
   * @param memoryMb what a query may use; one that needs more fails
   * @throws OfflineException if there is no such store
   */
  public static OfflineQueries open(OfflineStore store, int memoryMb) {
    return openAt(store, memoryMb, Map.of());
  }

  /**
   * Opens the tables as of some snapshots.
   *
   * @param snapshots by table the number of its snapshot; of others the newest
   * @throws OfflineException if there is no such store, table or snapshot
   */
  public static OfflineQueries openAt(
      OfflineStore store, int memoryMb, Map<String, Long> snapshots) {
    Path root = store.root().toAbsolutePath().normalize();
    SortedMap<String, Path> tables = StoreTables.in(root);
    for (String named : snapshots.keySet()) {
      if (!tables.containsKey(named)) {
        throw new OfflineException(
            "there is no table " + named + " at " + root + "; there are " + tables.keySet());
      }
    }
    SortedMap<String, List<TableFiles>> views = new TreeMap<>();
    tables.forEach(
        (name, folder) ->
            views.put(
                name,
                List.of(
                    snapshots.containsKey(name)
                        ? TableFiles.at(folder, snapshots.get(name))
                        : TableFiles.latest(folder))));
    List<TableFiles> predictions =
        StoreTables.below(PREDICTIONS, tables, root).stream()
            .flatMap(name -> views.get(name).stream())
            .toList();
    if (!predictions.isEmpty()) {
      views.put(PREDICTIONS, predictions);
    }
    Connection duck = null;
    try {
      duck = DriverManager.getConnection("jdbc:duckdb:");
      // The order matters: what may be seen is named first, then all else is shut for good.
      execute(duck, "set memory_limit = '" + memoryMb + "MB'");
      execute(duck, "set temp_directory = ''");
      execute(duck, "set TimeZone = 'UTC'");
      execute(duck, "set autoload_known_extensions = false");
      execute(duck, "set autoinstall_known_extensions = false");
      execute(duck, "set allow_community_extensions = false");
      execute(duck, "set allowed_directories = [" + quoted(root + "/") + "]");
      execute(duck, "set enable_external_access = false");
      createViews(duck, views);
      execute(duck, "set lock_configuration = true");
      return new OfflineQueries(duck, List.copyOf(views.keySet()), views, tables.values());
    } catch (SQLException e) {
      close(duck);
      throw new OfflineException(
          "the offline store at "
              + root
              + " cannot be queried: "
              + firstLine(e)
              + "; put the file back from a copy, \"millrace offline verify\" names every one that"
              + " is not as it was committed",
          e);
    }
  }

  /** The names of the views. */
  public List<String> tables() {
    return tables;
  }

  /**
   * Answers a query with at most so many rows.
   *
   * @throws OfflineException if it is no query, is wrong, or needs too much memory
   */
  public QueryResult query(String sql, int maxRows) {
    return ask(
        sql,
        rows -> {
          List<List<Object>> all = new ArrayList<>();
          while (all.size() < maxRows && rows.next()) {
            all.add(rows.values());
          }
          return new QueryResult(rows.columns(), all, rows.next());
        });
  }

  /**
   * Prints the answer to a query as it comes; a table after its last row.
   *
   * @return how many rows there were
   * @throws OfflineException as {@link #query}
   */
  public long print(String sql, OutputFormat format, Appendable out) throws IOException {
    IOException[] failed = new IOException[1];
    long count =
        ask(
            sql,
            rows -> {
              try {
                return RowPrinter.of(format, out).print(rows);
              } catch (IOException e) {
                failed[0] = e;
                return 0L;
              }
            });
    if (failed[0] != null) {
      throw failed[0];
    }
    return count;
  }

  /**
   * Writes the answer to a query to a Parquet file, which appears whole or not at all.
   *
   * @return how many rows there were
   * @throws OfflineException as {@link #query}, and if the file exists, would lie in a table, or
   *     cannot be written
   */
  public long write(String sql, Path file) throws IOException {
    Path place = file.toAbsolutePath().normalize();
    for (Path table : folders) {
      if (place.startsWith(table)) {
        throw new OfflineException(
            file
                + " would lie among the files of the table at "
                + table
                + "; choose another place");
      }
    }
    IOException[] failed = new IOException[1];
    long count =
        ask(
            sql,
            rows -> {
              try {
                return rows.writeTo(file);
              } catch (IOException e) {
                failed[0] = e;
                return 0L;
              }
            });
    if (failed[0] != null) {
      throw failed[0];
    }
    return count;
  }

  @Override
  public void close() {
    close(duck);
  }

  private interface Answer<T> {
    T of(ResultRows rows) throws SQLException;
  }

  private <T> T ask(String sql, Answer<T> answer) {
    try {
      requireQuery(sql);
      // DuckDB closes a statement that failed, so each query has its own.
      try (Statement statement = duck.createStatement();
          ResultSet rows = execute(statement, sql)) {
        return answer.of(new ResultRows(rows));
      }
    } catch (SQLException e) {
      throw new OfflineException("the query failed: " + firstLine(e) + fix(e), e);
    }
  }

  private void requireQuery(String sql) throws SQLException {
    String check =
        "select j ->> '$.error', j ->> '$.error_message', json_array_length(j, '$.statements')"
            + " from (select json_serialize_sql(?::varchar) j)";
    try (PreparedStatement statement = duck.prepareStatement(check)) {
      statement.setString(1, sql);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (row.getBoolean(1)) {
          String message = row.getString(2);
          throw new OfflineException(
              message.startsWith("Only SELECT")
                  ? "only queries are answered (SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE,"
                      + " SHOW), but this is another statement: "
                      + sql.strip()
                  : "the query cannot be read: " + message);
        }
        if (row.getInt(3) != 1) {
          throw new OfflineException(
              "one query at a time is answered, but these are " + row.getInt(3));
        }
      }
    }
  }

  /** A compaction may rename files of a snapshot between the making of the views and a query. */
  private ResultSet execute(Statement statement, String sql) throws SQLException {
    try {
      return statement.executeQuery(sql);
    } catch (SQLException e) {
      if (!isMissingFile(e)) {
        throw e;
      }
      createViews(duck, views);
      // DuckDB closes a statement that failed; the result set keeps this one open.
      Statement again = duck.createStatement();
      again.closeOnCompletion();
      return again.executeQuery(sql);
    }
  }

  private static boolean isMissingFile(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No files found") || message.contains("No such file");
  }

  private static void createViews(Connection duck, SortedMap<String, List<TableFiles>> views)
      throws SQLException {
    for (Map.Entry<String, List<TableFiles>> view : views.entrySet()) {
      List<String> files =
          view.getValue().stream()
              .flatMap(TableFiles::all)
              .map(file -> quoted(file.toString()))
              .toList();
      if (!files.isEmpty()) {
        execute(
            duck,
            "create or replace view \""
                + view.getKey()
                + "\" as select * from read_parquet(["
                + String.join(", ", files)
                + "], hive_partitioning = true, union_by_name = true)");
      }
    }
  }

  private static void execute(Connection duck, String sql) throws SQLException {
    try (Statement statement = duck.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private String fix(SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Table with name") && message.contains("does not exist")) {
      return "; there are the tables " + tables;
    }
    return message.startsWith("Out of Memory") ? "; ask for less, or allow more memory" : "";
  }

  private static String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static void close(Connection duck) {
    try {
      if (duck != null) {
        duck.close();
      }
    } catch (SQLException e) {
      throw new OfflineException("the query engine cannot be closed: " + firstLine(e), e);
    }
  }
}
