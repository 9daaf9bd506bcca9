package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Clock and calendar of milliseconds since the epoch. A zone is minutes east of UTC, which may be a
 * column ({@code hour_of_day(at, utc_offset_min)}), or a literal name ({@code day_of_week(at,
 * 'America/New_York')}), which knows summer time. Minutes beyond 18 hours are no zone: null.
 */
final class TimeFunctions {
  private static final String GROUP = "Time";
  private static final long MINUTE_MS = 60_000;
  private static final long HOUR_MS = 60 * MINUTE_MS;
  private static final long DAY_MS = 24 * HOUR_MS;
  private static final long MAX_OFFSET_MIN = 18 * 60;

  static final List<Function> ALL =
      List.of(
          local(
              "hour_of_day",
              "The hour, 0 to 23.",
              "hour_of_day(0, 'Asia/Tokyo') == 9",
              ms -> Math.floorMod(ms, DAY_MS) / HOUR_MS),
          local(
              "day_of_week",
              "The day of the week, 0 (Monday) to 6 (Sunday).",
              "day_of_week(0) == 3",
              TimeFunctions::dayOfWeek),
          local(
              "day_of_month",
              "The day of the month, 1 to 31.",
              "day_of_month(0, -60) == 31",
              ms -> date(ms).getDayOfMonth()),
          local("month", "The month, 1 to 12.", "month(0) == 1", ms -> date(ms).getMonthValue()),
          local("year", "The year.", "year(0, -60) == 1969", ms -> date(ms).getYear()),
          weekend(),
          Function.of(
              "epoch_seconds",
              GROUP,
              "Whole seconds since 1970-01-01T00:00:00Z, rounded down.",
              "epoch_seconds(1999) == 1",
              Function.overload(
                  "at: INT64",
                  ValueType.INT64,
                  a -> NumberFunctions.ofInteger(a.get(0), ms -> Math.floorDiv(ms, 1_000L)))),
          Function.of(
              "seconds_between",
              GROUP,
              "Seconds from one time to another, negative if that is earlier; null where the"
                  + " milliseconds between overflow.",
              "seconds_between(1000, 2500) == 1.5",
              Function.overload(
                  "from: INT64, to: INT64",
                  ValueType.FLOAT64,
                  a -> secondsBetween(a.get(0), a.get(1)))),
          unit("seconds", 1_000, "seconds(2) == 2000"),
          unit("minutes", MINUTE_MS, "minutes(2) == 120000"),
          unit("hours", HOUR_MS, "hours(2) == 7200000"),
          unit("days", DAY_MS, "days(2) == 172800000"));

  private TimeFunctions() {}

  private static Function local(
      String name, String sentence, String example, LongUnaryOperator function) {
    return Function.of(
        name,
        GROUP,
        sentence + " In UTC, or in the zone.",
        example,
        Function.overload(
            "at: INT64", ValueType.INT64, a -> NumberFunctions.ofInteger(a.get(0), function)),
        Function.overload(
            "at: INT64, minutes_east: INT64",
            ValueType.INT64,
            a -> NumberFunctions.ofInteger(eastOf(a.get(0), a.get(1)), function)),
        Function.overload(
            "at: INT64, zone: STRING_LITERAL",
            ValueType.INT64,
            a -> NumberFunctions.ofInteger(inZone(a.get(0), a.get(1)), function)));
  }

  private static Function weekend() {
    return Function.of(
        "is_weekend",
        GROUP,
        "Whether it is Saturday or Sunday. In UTC, or in the zone.",
        "is_weekend(days(2))",
        Function.overload("at: INT64", ValueType.BOOL, a -> isWeekend(a.get(0))),
        Function.overload(
            "at: INT64, minutes_east: INT64",
            ValueType.BOOL,
            a -> isWeekend(eastOf(a.get(0), a.get(1)))),
        Function.overload(
            "at: INT64, zone: STRING_LITERAL",
            ValueType.BOOL,
            a -> isWeekend(inZone(a.get(0), a.get(1)))));
  }

  private static Function unit(String name, long ms, String example) {
    return Function.of(
        name,
        GROUP,
        "So many " + name + " as milliseconds; null where these overflow.",
        example,
        Function.overload(
            "x: INT64", ValueType.INT64, a -> Arithmetic.of('*', a.get(0), Leaves.literal(ms))));
  }

  /** 1970-01-01 was a Thursday. */
  private static long dayOfWeek(long ms) {
    return Math.floorMod(Math.floorDiv(ms, DAY_MS) + 3, 7L);
  }

  private static LocalDate date(long ms) {
    return LocalDate.ofEpochDay(Math.floorDiv(ms, DAY_MS));
  }

  private static Closure isWeekend(Closure local) {
    return Closure.of(
        ValueType.BOOL,
        (row, cell) -> {
          if (!local.evaluate(row, cell)) {
            return false;
          }
          cell.number = dayOfWeek(cell.number) >= 5 ? 1 : 0;
          return true;
        });
  }

  private static Closure secondsBetween(Closure from, Closure to) {
    Closure ms = Arithmetic.of('-', to, from);
    return Closure.of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!ms.evaluate(row, cell)) {
            return false;
          }
          cell.real = cell.number / 1_000.0;
          return true;
        });
  }

  /** The milliseconds that a clock so many minutes east of UTC shows. */
  private static Closure eastOf(Closure ms, Closure minutesEast) {
    return Arithmetic.ofIntegers(
        ms,
        minutesEast,
        (value, minutes, cell) ->
            minutes >= -MAX_OFFSET_MIN
                && minutes <= MAX_OFFSET_MIN
                && shift(value, minutes * MINUTE_MS, cell));
  }

  /**
   * The milliseconds that a clock in the zone shows.
   *
   * @throws IllegalArgumentException if the zone is no literal name of one
   */
  private static Closure inZone(Closure ms, Closure zone) {
    if (!(zone.constant() instanceof String name)) {
      throw new IllegalArgumentException(
          "a zone is a literal such as 'America/New_York', or minutes east of UTC");
    }
    ZoneRules rules;
    try {
      rules = ZoneId.of(name).getRules();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "there is no time zone " + name + "; a zone is such as 'America/New_York' or 'UTC'", e);
    }
    return Closure.of(
        ValueType.INT64,
        (row, cell) ->
            ms.evaluate(row, cell)
                && shift(
                    cell.number,
                    rules.getOffset(Instant.ofEpochMilli(cell.number)).getTotalSeconds() * 1_000L,
                    cell));
  }

  private static boolean shift(long ms, long by, Cell cell) {
    cell.number = ms + by;
    return ((ms ^ cell.number) & (by ^ cell.number)) >= 0;
  }
}
