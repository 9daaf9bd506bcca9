package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneRules;

/**
 * Clock and calendar of milliseconds since the epoch. A zone is minutes east of UTC, which may be a
 * column ({@code hour_of_day(at, utc_offset_min)}), or a literal name ({@code day_of_week(at,
 * 'America/New_York')}), which knows summer time. Minutes beyond 18 hours are no zone: null.
 */
final class TimeFunctions {
  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;
  private static final long MAX_OFFSET_MIN = 18 * 60;

  private TimeFunctions() {}

  static Closure hourOfDay(Closure ms) {
    return Functions.ofInteger(ms, value -> Math.floorMod(value, DAY_MS) / HOUR_MS);
  }

  /** 1970-01-01 was a Thursday. */
  static Closure dayOfWeek(Closure ms) {
    return Functions.ofInteger(ms, value -> Math.floorMod(Math.floorDiv(value, DAY_MS) + 3, 7L));
  }

  /**
   * The milliseconds that a clock in the zone shows.
   *
   * @throws IllegalArgumentException if the zone is a text but no literal name of one
   */
  static Closure local(Closure ms, Closure zone) {
    if (zone.isInteger()) {
      return Arithmetic.ofIntegers(
          ms,
          zone,
          (value, minutes, cell) -> {
            cell.number = value + minutes * 60_000;
            return minutes >= -MAX_OFFSET_MIN && minutes <= MAX_OFFSET_MIN;
          });
    }
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
        (row, cell) -> {
          if (!ms.evaluate(row, cell)) {
            return false;
          }
          cell.number +=
              rules.getOffset(Instant.ofEpochMilli(cell.number)).getTotalSeconds() * 1_000L;
          return true;
        });
  }
}
