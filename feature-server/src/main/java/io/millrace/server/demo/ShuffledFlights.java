package io.millrace.server.demo;

import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * The control: the flights of the first year of a file, each given the day of another one at
 * random, its time of day kept. Nothing can drift in them, so nothing should be retrained on them.
 */
final class ShuffledFlights {
  static final String DATASET = "shuffled";
  private static final long SEED = 20_130_101;

  private ShuffledFlights() {}

  /**
   * Makes a copy of the definitions whose flights are shuffled; the same every time.
   *
   * @return the folder of the copy; its dataset is {@link #DATASET}
   */
  static Path definitions(WorkFolder work, Path definitions, String dataset) throws IOException {
    work.clear("definitions");
    Path copy = work.folder("definitions");
    Path data = Files.createDirectories(copy.resolve("data"));
    try (Stream<Path> files = Files.walk(definitions)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(definitions.relativize(file).toString());
        if (!file.getFileName().toString().startsWith("flights_")) {
          Files.createDirectories(target.getParent());
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    shuffle(
        definitions.resolve("data/flights_" + dataset + ".parquet"),
        data.resolve("flights_" + DATASET + ".parquet"));
    return copy;
  }

  private static void shuffle(Path from, Path to) throws IOException {
    String flights =
        """
        CREATE TABLE flights AS
        SELECT row_number() OVER () AS number, *, date_trunc('day', sched_dep_utc) AS day
        FROM read_parquet('%s')
        WHERE year(sched_dep_utc) = (SELECT year(min(sched_dep_utc)) FROM read_parquet('%s'))
        """
            .formatted(quoted(from), quoted(from));
    String days =
        """
        CREATE TABLE days AS
        SELECT row_number() OVER (ORDER BY hash(number + %d), number) AS number, day AS new_day
        FROM flights
        """
            .formatted(SEED);
    String shuffled =
        """
        COPY (
          SELECT * EXCLUDE (number, day, new_day)
            REPLACE (CAST(new_day + (sched_dep_utc - day) AS %s) AS sched_dep_utc)
          FROM flights JOIN days USING (number)
          ORDER BY sched_dep_utc, flight_id
        ) TO '%s' (FORMAT parquet, COMPRESSION zstd)
        """;
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      for (String statement : List.of("SET preserve_insertion_order = true", flights, days)) {
        execute(connection, statement);
      }
      String type;
      try (Statement statement = connection.createStatement();
          var result =
              statement.executeQuery("SELECT typeof(sched_dep_utc) FROM flights LIMIT 1")) {
        result.next();
        type = result.getString(1);
      }
      execute(connection, shuffled.formatted(type, quoted(to)));
    } catch (SQLException e) {
      throw new IOException("the flights of " + from + " cannot be shuffled", e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String quoted(Path file) {
    return file.toString().replace("'", "''");
  }
}
