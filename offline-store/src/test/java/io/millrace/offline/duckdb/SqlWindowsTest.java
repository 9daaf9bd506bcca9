package io.millrace.offline.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Entity;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.TestParquet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine's windows and functions against those of SQL, which somebody else wrote: DuckDB. */
class SqlWindowsTest {
  private static final RowSchema EVENTS =
      new RowSchema(
          "payment",
          List.of(
              Field.required("card", ValueType.STRING),
              Field.nullable("amount", ValueType.INT64),
              Field.nullable("rate", ValueType.FLOAT64)));
  private static final long TEN_MINUTES = 600_000;
  private static final long HOUR = 3_600_000;
  private static final long START = 1_356_998_400_123L;

  private record Payment(long at, Long amount, Double rate) {}

  /**
   * A function and what SQL writes for it.
   *
   * @param sql over rows {@code x}
   */
  private record Function(Aggregation aggregation, String input, double rank, int k, String sql) {}

  private static final List<Function> FUNCTIONS =
      List.of(
          new Function(Aggregation.COUNT, "*", 0, 0, "count(x.pos)"),
          new Function(Aggregation.SUM, "amount", 0, 0, "sum(x.amount)"),
          new Function(Aggregation.AVG, "rate", 0, 0, "avg(x.rate)"),
          new Function(Aggregation.MIN, "rate", 0, 0, "min(x.rate)"),
          new Function(Aggregation.MAX, "amount", 0, 0, "max(x.amount)"),
          new Function(Aggregation.VAR_POP, "rate", 0, 0, "var_pop(x.rate)"),
          new Function(Aggregation.VAR_SAMP, "rate", 0, 0, "var_samp(x.rate)"),
          new Function(Aggregation.STDDEV_POP, "amount", 0, 0, "stddev_pop(x.amount)"),
          new Function(Aggregation.STDDEV_SAMP, "rate", 0, 0, "stddev_samp(x.rate)"),
          new Function(
              Aggregation.FIRST,
              "amount",
              0,
              0,
              "arg_min(x.amount, x.pos) filter (x.amount is not null)"),
          new Function(
              Aggregation.LAST,
              "amount",
              0,
              0,
              "arg_max(x.amount, x.pos) filter (x.amount is not null)"),
          new Function(Aggregation.COUNT_DISTINCT, "amount", 0, 0, "count(distinct x.amount)"),
          new Function(Aggregation.QUANTILE, "rate", 0.9, 0, "quantile_disc(x.rate, 0.9)"),
          new Function(Aggregation.TOP_K, "amount", 0, 3, "max(x.amount, 3)"),
          new Function(Aggregation.BOTTOM_K, "amount", 0, 2, "min(x.amount, 2)"),
          new Function(Aggregation.TIME_SINCE_LAST, "*", 0, 0, "e.ms - max(x.ms)"));

  /** Each window, and of which rows {@code x} it is for a row {@code e}. */
  private static final Map<WindowSpec, String> WINDOWS =
      Map.of(
          WindowSpec.slidingExact(Duration.ofMinutes(10)),
          "x.ms >= e.ms - 600000 and x.ms < e.ms",
          WindowSpec.slidingExact(Duration.ofMinutes(10)).delayedBy(Duration.ofMinutes(7)),
          "x.ms >= e.ms - 1020000 and x.ms < e.ms - 420000",
          WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5)),
          "x.ms >= (e.ms - 3600000) // 300000 * 300000 and x.ms < e.ms",
          WindowSpec.tumbling(Duration.ofHours(1)),
          "x.ms >= (e.ms // 3600000 - 1) * 3600000 and x.ms < e.ms // 3600000 * 3600000",
          WindowSpec.session(Duration.ofMinutes(10)),
          "x.ms < e.ms and x.island = e.before and e.ms - e.newest < 600000",
          WindowSpec.lifetime(),
          "x.ms < e.ms");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldHoldTheRowsThatSqlSelects(long seed) {
    List<Payment> payments = payments(seed);
    for (Map.Entry<WindowSpec, String> window : WINDOWS.entrySet()) {
      String sql =
          rows(payments)
              + ", n as (select *, case when ms - lag(ms) over (order by pos) < 600000 then 0 else 1"
              + " end fresh from p), i as (select *, sum(fresh) over (order by pos) island from n),"
              + " e as (select *, (select max(island) from i y where y.ms < i.ms) as before,"
              + " (select max(ms) from i y where y.ms < i.ms) newest from i) select "
              + functions()
              + " from e left join i x on "
              + window.getValue()
              + " group by e.pos, e.ms order by e.pos";
      compare(seed, window.getKey(), payments, TestParquet.read(sql));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void shouldEqualARangeWithoutTheRowAndItsPeers(long seed) {
    List<Payment> payments = payments(seed);
    String over = " over (order by x.ms range between %d preceding and current row exclude group)";
    for (long length : new long[] {TEN_MINUTES, HOUR}) {
      List<String> columns = new ArrayList<>();
      for (Function function : FUNCTIONS) {
        String sql = function.sql();
        String filter = sql.contains(" filter ") ? sql.substring(sql.indexOf(" filter ")) : "";
        String call = sql.substring(0, sql.length() - filter.length()).replace("e.ms - ", "");
        String windowed = call + filter + String.format(Locale.ROOT, over, length);
        columns.add(sql.startsWith("e.ms - ") ? "x.ms - " + windowed : windowed);
      }
      String sql =
          rows(payments) + " select " + String.join(", ", columns) + " from p x order by x.pos";
      WindowSpec window = WindowSpec.slidingExact(Duration.ofMillis(length));
      compare(seed, window, payments, TestParquet.read(sql));
    }
  }

  private static void compare(
      long seed, WindowSpec window, List<Payment> payments, List<List<String>> expected) {
    ViewAggregator aggregator = ViewAggregator.of(view(window), EVENTS);
    byte[] state = ViewAggregator.EMPTY;
    int added = 0;
    int values = 0;
    for (int i = 0; i < payments.size(); i++) {
      long asOfMs = payments.get(i).at();
      for (; payments.get(added).at() < asOfMs; added++) {
        Payment one = payments.get(added);
        Values event = Values.of("a", one.amount(), one.rate());
        state = aggregator.add(state, one.at(), added, aggregator.contribution(event));
      }
      Values row = aggregator.valuesAt(state, asOfMs);
      for (int f = 0; f < FUNCTIONS.size(); f++) {
        Object is = row.boxedAt(f, aggregator.rowSchema().field(f).type());
        String should = expected.get(i).get(f);
        assertThat(isEqual(is, should))
            .as(
                "seed %d, %s of %s, row %d: %s, in SQL %s",
                seed, FUNCTIONS.get(f), window, i, is, should)
            .isTrue();
        values += is == null ? 0 : 1;
      }
    }
    assertThat(values).as("seed %d, %s", seed, window).isGreaterThan(payments.size());
  }

  private static boolean isEqual(Object is, String should) {
    if (is == null || should == null) {
      return is == null && should == null;
    }
    if (is instanceof Double real) {
      double expected = Double.parseDouble(should);
      return Math.abs(real - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
    }
    return is.toString().equals(should);
  }

  private static FeatureView view(WindowSpec window) {
    List<Feature> features = new ArrayList<>();
    for (Function function : FUNCTIONS) {
      AggregationParameters parameters = AggregationParameters.NONE;
      parameters = function.k() > 0 ? parameters.withK(function.k()) : parameters;
      parameters = function.rank() > 0 ? parameters.withAt(List.of(function.rank())) : parameters;
      features.add(
          new Feature(
              "f" + features.size(),
              function.aggregation(),
              function.input(),
              function.aggregation() == Aggregation.COUNT_DISTINCT
                  ? parameters.withK(1_000)
                  : parameters,
              Optional.empty(),
              window,
              Optional.empty(),
              ""));
    }
    return new FeatureView("card", 1, Entity.of("card"), "payments", Optional.empty(), features);
  }

  private static String functions() {
    return String.join(", ", FUNCTIONS.stream().map(Function::sql).toList());
  }

  private static String rows(List<Payment> payments) {
    List<String> rows = new ArrayList<>();
    for (Payment payment : payments) {
      rows.add(
          "("
              + rows.size()
              + ","
              + payment.at()
              + ","
              + payment.amount()
              + ","
              + payment.rate()
              + ")");
    }
    return "with p as (select pos::bigint pos, ms::bigint ms, amount::bigint amount,"
        + " rate::double rate from (values "
        + String.join(",", rows)
        + ") t(pos, ms, amount, rate))";
  }

  /** In order, with ties, gaps and nulls; the sums of their numbers are exact in any order. */
  private static List<Payment> payments(long seed) {
    Random random = new Random(seed);
    List<Payment> payments = new ArrayList<>();
    long at = START;
    for (int i = 0; i < 150; i++) {
      at +=
          switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> TEN_MINUTES;
            case 2 -> random.nextInt(3 * (int) HOUR);
            default -> random.nextInt(200_000);
          };
      payments.add(
          new Payment(
              at,
              random.nextInt(5) == 0 ? null : (Long) (long) (random.nextInt(40) - 20),
              random.nextInt(5) == 0 ? null : (Double) ((random.nextInt(4_000) - 2_000) / 8.0)));
    }
    return payments;
  }
}
