package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/** An offline store as the command line, called in this process, shows it. */
final class StoreByCommand {
  private final Path store;

  StoreByCommand(Path store) {
    this.store = store;
  }

  /** What a command says; it must end with this status. */
  static String millrace(int status, List<String> command) {
    StringWriter out = new StringWriter();
    int got =
        Millrace.run(
            new PrintWriter(out, true), new PrintWriter(out, true), command.toArray(String[]::new));
    assertThat(got).as(command + ": " + out).isEqualTo(status);
    return out.toString();
  }

  /** As CSV, with the names of the columns. */
  String sql(String query) {
    return millrace(0, List.of("sql", "--csv", "--store", store.toString(), query));
  }

  /** The first row. */
  String row(String query) {
    return sql(query).lines().skip(1).findFirst().orElseThrow();
  }

  long number(String query) {
    return Long.parseLong(row(query));
  }

  /**
   * How many rows there are.
   *
   * @param table may have a condition behind it
   */
  long count(String table) {
    return number("SELECT count(*) FROM " + table);
  }
}
