package io.millrace.offline.duckdb;

import io.millrace.offline.OfflineException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A quick look at a table: how many rows, and of each column nulls, distinct values, quantiles and
 * a histogram. Memory does not grow with the rows.
 *
 * <pre>
 * try (OfflineQueries queries = OfflineQueries.open(store, 512)) {
 *   TableProfile.of(queries, "tail").columns().forEach(c -> print(c.name(), c.sparkline()));
 * }
 * </pre>
 *
 * @param table as queries name it
 */
public record TableProfile(String table, long rows, List<ColumnProfile> columns) {
  private static final int MOST_COLUMNS = 10_000;
  private static final int COMMON = 3;
  private static final Pattern NUMBER =
      Pattern.compile("U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*");

  /**
   * Looks at all rows of a table.
   *
   * @param name a table, or a feature view, of which the newest version is taken
   * @throws OfflineException naming those that exist, if there is none of that name
   */
  public static TableProfile of(OfflineQueries queries, String name) {
    String table = resolve(queries.tables(), name);
    String from = " from " + quoted(table);
    long rows = (Long) queries.query("select count(*)" + from, 1).rows().get(0).get(0);
    List<ColumnProfile> columns = new ArrayList<>();
    for (List<Object> column : describe(queries, "select *" + from)) {
      String expression = quoted(column.get(0).toString());
      String type = column.get(1).toString();
      if (!type.startsWith("STRUCT")) {
        columns.add(column(queries, from, column.get(0).toString(), expression, type, rows));
        continue;
      }
      // A group of columns, such as the vector of a prediction.
      for (List<Object> child : describe(queries, "select " + expression + ".*" + from)) {
        columns.add(
            column(
                queries,
                from,
                column.get(0) + "." + child.get(0),
                expression + "." + quoted(child.get(0).toString()),
                child.get(1).toString(),
                rows));
      }
    }
    return new TableProfile(table, rows, List.copyOf(columns));
  }

  private static String resolve(List<String> tables, String name) {
    if (tables.contains(name)) {
      return name;
    }
    Optional<String> newest =
        tables.stream()
            .filter(table -> table.matches(Pattern.quote(name) + "_v\\d{1,9}"))
            .max(Comparator.comparingInt(t -> Integer.parseInt(t.substring(name.length() + 2))));
    return newest.orElseThrow(
        () ->
            new OfflineException(
                "there is no table or view " + name + " in the store; there are " + tables));
  }

  private static List<List<Object>> describe(OfflineQueries queries, String query) {
    return queries.query("describe " + query, MOST_COLUMNS).rows();
  }

  private static ColumnProfile column(
      OfflineQueries queries, String from, String name, String column, String type, long rows) {
    boolean isTime = type.startsWith("TIMESTAMP");
    boolean isNumber = isTime || NUMBER.matcher(type).matches();
    boolean isText = type.equals("VARCHAR") || type.equals("BOOLEAN");
    String number = isTime ? "epoch_ms(" + column + ")::double" : column + "::double";
    String finite =
        "(case when isfinite(" + (isTime ? column : number) + ") then " + number + " end)";
    String numbers =
        isNumber
            ? ", min(#), approx_quantile(#, [0.01, 0.25, 0.5, 0.75, 0.99]), max(#)"
                .replace("#", finite)
            : "";
    List<Object> all =
        queries
            .query(
                "select count("
                    + column
                    + "), approx_count_distinct("
                    + column
                    + ")"
                    + numbers
                    + from,
                1)
            .rows()
            .get(0);
    List<Double> quantiles = new ArrayList<>();
    List<Long> bars = new ArrayList<>();
    if (isNumber && all.get(2) != null) {
      List<?> middle = (List<?>) all.get(3);
      quantiles.add((Double) all.get(2));
      for (int i = 1; i <= 3; i++) {
        quantiles.add(((Number) middle.get(i)).doubleValue());
      }
      quantiles.add((Double) all.get(4));
      bars.addAll(
          bars(
              queries,
              from,
              finite,
              ((Number) middle.get(0)).doubleValue(),
              ((Number) middle.get(4)).doubleValue()));
    }
    List<ColumnProfile.Common> common = new ArrayList<>();
    if (isText) {
      queries
          .query(
              "select "
                  + column
                  + "::varchar v, count(*) n"
                  + from
                  + " where "
                  + column
                  + " is not null group by 1 order by 2 desc, 1 limit "
                  + COMMON,
              COMMON)
          .rows()
          .forEach(
              row -> common.add(new ColumnProfile.Common((String) row.get(0), (Long) row.get(1))));
    }
    return new ColumnProfile(
        name, type, rows, rows - (Long) all.get(0), (Long) all.get(1), quantiles, bars, common);
  }

  private static List<Long> bars(
      OfflineQueries queries, String from, String value, double low, double high) {
    int last = ColumnProfile.BARS - 1;
    String bar =
        low < high
            ? "greatest(0, least("
                + last
                + ", floor(("
                + value
                + " - ("
                + low
                + "::double)) / ("
                + (high - low)
                + "::double) * "
                + ColumnProfile.BARS
                + ")))::bigint"
            : "0::bigint";
    List<Long> bars = new ArrayList<>();
    for (int i = 0; i <= last; i++) {
      bars.add(0L);
    }
    queries
        .query(
            "select " + bar + ", count(*)" + from + " where " + value + " is not null group by 1",
            ColumnProfile.BARS)
        .rows()
        .forEach(row -> bars.set(((Long) row.get(0)).intValue(), (Long) row.get(1)));
    return bars;
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
