package io.millrace.offline.duckdb;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How two versions of a view differ in what a reader would have seen: at some instants at which
 * either made a row, of both the row that was the newest then. Only time that both cover counts.
 *
 * @param view the view's name
 * @param before a version
 * @param after another
 * @param instants how many keys as of an instant were compared
 * @param missing at how many of these one of the versions had no row
 * @param equal at how many all features that both have are equal, null to null
 * @param features those that both have
 * @param only those that one of them has, such as {@code mean_1h (v2)}
 */
public record VersionComparison(
    String view,
    int before,
    int after,
    long instants,
    long missing,
    long equal,
    List<FeatureComparison> features,
    List<String> only) {
  private static final int MOST_COLUMNS = 10_000;
  private static final int SEED = 20080309;
  private static final Pattern NUMBER =
      Pattern.compile("(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)");

  /**
   * One feature.
   *
   * @param differing at how many instants the values are not equal
   * @param nullBefore at how many of these only the version before had none
   * @param nullAfter at how many of these only the version after had none
   * @param absolute how far numbers that differ are apart: the quantiles 0.5, 0.9, 0.99 and 1;
   *     empty where none differ
   * @param relative the same as parts of the larger of both
   */
  public record FeatureComparison(
      String feature,
      long differing,
      long nullBefore,
      long nullAfter,
      List<Double> absolute,
      List<Double> relative) {}

  private record Column(String name, String type) {}

  /**
   * Compares.
   *
   * @param sample how many instants at most; the same store gives the same ones
   * @param since from when on; empty for all time that both cover
   * @throws OfflineException if a version has no rows, or they have other keys
   */
  public static VersionComparison of(
      OfflineStore store,
      String view,
      int before,
      int after,
      long sample,
      Optional<Instant> since) {
    try (OfflineQueries queries = OfflineQueries.open(store, 1_024)) {
      String was = table(queries, view, before);
      String is = table(queries, view, after);
      List<Column> columnsBefore = columns(queries, was);
      List<Column> columnsAfter = columns(queries, is);
      List<String> keys = keys(columnsBefore);
      if (!keys.equals(keys(columnsAfter))) {
        throw new OfflineException(
            was
                + " has the keys "
                + keys
                + ", but "
                + is
                + " has "
                + keys(columnsAfter)
                + ", so no row of one stands beside one of the other");
      }
      List<Column> both = new ArrayList<>();
      List<String> only = new ArrayList<>();
      List<Column> featuresAfter = features(columnsAfter);
      for (Column column : features(columnsBefore)) {
        boolean known = featuresAfter.stream().anyMatch(c -> c.name().equals(column.name()));
        if (known) {
          both.add(column);
        } else {
          only.add(column.name() + " (v" + before + ")");
        }
      }
      for (Column column : featuresAfter) {
        if (both.stream().noneMatch(c -> c.name().equals(column.name()))) {
          only.add(column.name() + " (v" + after + ")");
        }
      }
      String pairs = pairs(was, is, keys, both, sample, since);
      List<Object> totals =
          queries
              .query(
                  pairs
                      + " select count(*), count(*) filter (where has_a is null or has_b is null),"
                      + " count(*) filter (where has_a and has_b"
                      + both.stream()
                          .map(
                              c -> " and " + side("a", c) + " is not distinct from " + side("b", c))
                          .collect(Collectors.joining())
                      + ") from pairs",
                  1)
              .rows()
              .get(0);
      List<FeatureComparison> features = new ArrayList<>();
      for (Column column : both) {
        Column other =
            featuresAfter.stream()
                .filter(c -> c.name().equals(column.name()))
                .findFirst()
                .orElseThrow();
        features.add(feature(queries, pairs, column, other));
      }
      return new VersionComparison(
          view,
          before,
          after,
          (Long) totals.get(0),
          (Long) totals.get(1),
          (Long) totals.get(2),
          List.copyOf(features),
          List.copyOf(only));
    }
  }

  /** Which part of the instants is not equal in all features; 0 of none. */
  public double differing() {
    return instants == 0 ? 0 : (double) (instants - equal) / instants;
  }

  private static FeatureComparison feature(
      OfflineQueries queries, String pairs, Column before, Column after) {
    String a = side("a", before);
    String b = side("b", before);
    boolean numbers =
        NUMBER.matcher(before.type()).matches() && NUMBER.matcher(after.type()).matches();
    String distance = "abs(" + a + "::double - " + b + "::double)";
    String quantiles =
        numbers
            ? ", quantile_cont(#, [0.5, 0.9, 0.99, 1.0]) filter (where # > 0)"
                    .replace("#", distance)
                + ", quantile_cont(#, [0.5, 0.9, 0.99, 1.0]) filter (where # > 0)"
                    .replace(
                        "#",
                        "("
                            + distance
                            + " / greatest(abs("
                            + a
                            + "::double), abs("
                            + b
                            + "::double)))")
            : "";
    List<Object> row =
        queries
            .query(
                pairs
                    + " select count(*) filter (where "
                    + a
                    + " is distinct from "
                    + b
                    + "), count(*) filter (where "
                    + a
                    + " is null and "
                    + b
                    + " is not null), count(*) filter (where "
                    + a
                    + " is not null and "
                    + b
                    + " is null)"
                    + quantiles
                    + " from pairs where has_a and has_b",
                1)
            .rows()
            .get(0);
    return new FeatureComparison(
        before.name(),
        (Long) row.get(0),
        (Long) row.get(1),
        (Long) row.get(2),
        numbers ? doubles(row.get(3)) : List.of(),
        numbers ? doubles(row.get(4)) : List.of());
  }

  private static List<Double> doubles(Object list) {
    return list == null
        ? List.of()
        : ((List<?>) list).stream().map(value -> ((Number) value).doubleValue()).toList();
  }

  /** Two rows a sampled key and instant: the newest of each version then. */
  private static String pairs(
      String was,
      String is,
      List<String> keys,
      List<Column> features,
      long sample,
      Optional<Instant> since) {
    String key = keys.stream().map(VersionComparison::quoted).collect(Collectors.joining(", "));
    String range =
        " where as_of >= greatest((select min(as_of) from "
            + was
            + "), (select min(as_of) from "
            + is
            + ")) and as_of <= least((select max(as_of) from "
            + was
            + "), (select max(as_of) from "
            + is
            + "))"
            + since.map(from -> " and as_of >= '" + from + "'::timestamptz").orElse("");
    return "with instants as materialized (select * from (select "
        + key
        + ", as_of from "
        + was
        + range
        + " union select "
        + key
        + ", as_of from "
        + is
        + range
        + " order by all) using sample reservoir("
        + sample
        + " rows) repeatable ("
        + SEED
        + ")), a as ("
        + newest(was, key)
        + "), b as ("
        + newest(is, key)
        + "), pairs as materialized (select a.as_of is not null or null has_a, b.as_of is not null"
        + " or null has_b"
        + features.stream()
            .map(
                c ->
                    ", a."
                        + quoted(c.name())
                        + " "
                        + side("a", c)
                        + ", b."
                        + quoted(c.name())
                        + " "
                        + side("b", c))
            .collect(Collectors.joining())
        + " from instants p"
        + join("a", keys)
        + join("b", keys)
        + ")";
  }

  private static String newest(String table, String key) {
    return "select * from "
        + table
        + " semi join instants using ("
        + key
        + ") qualify row_number() over (partition by "
        + key
        + ", as_of order by sequence desc, knowledge_time desc) = 1";
  }

  private static String join(String side, List<String> keys) {
    return " asof left join "
        + side
        + " on "
        + keys.stream()
            .map(key -> "p." + quoted(key) + " = " + side + "." + quoted(key) + " and ")
            .collect(Collectors.joining())
        + "p.as_of >= "
        + side
        + ".as_of";
  }

  private static String side(String side, Column column) {
    return quoted(side + "$" + column.name());
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private static String table(OfflineQueries queries, String view, int version) {
    String table = view + "_v" + version;
    if (!queries.tables().contains(table)) {
      throw new OfflineException(
          "version "
              + version
              + " of "
              + view
              + " has no rows in the store; there are "
              + queries.tables().stream()
                  .filter(name -> name.matches(Pattern.quote(view) + "_v\\d{1,9}"))
                  .toList());
    }
    return quoted(table);
  }

  private static List<Column> columns(OfflineQueries queries, String table) {
    return queries.query("describe select * from " + table, MOST_COLUMNS).rows().stream()
        .map(row -> new Column(row.get(0).toString(), row.get(1).toString()))
        .toList();
  }

  /** What stands before {@code as_of}. */
  private static List<String> keys(List<Column> columns) {
    return columns.stream().map(Column::name).takeWhile(name -> !name.equals("as_of")).toList();
  }

  /** What stands after {@code knowledge_time}, without the folder's day. */
  private static List<Column> features(List<Column> columns) {
    return columns.stream()
        .dropWhile(column -> !column.name().equals("knowledge_time"))
        .skip(1)
        .filter(column -> !column.name().equals("dt"))
        .toList();
  }
}
