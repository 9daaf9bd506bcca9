package io.millrace.server.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long START_MS = 1_600_000_000_000L;

  private long nowNanos = 42;

  @Test
  void shouldWaitAnHourOfEventTimeForASecondAt3600Times() {
    Pace pace = pace(3600);

    assertThat(pace.nanosUntil(START_MS)).isZero();
    assertThat(pace.nanosUntil(START_MS + hours(1))).isEqualTo(TimeUnit.SECONDS.toNanos(1));
  }

  @Test
  void shouldCountFromTheStartSoThatALateSenderCatchesUp() {
    Pace pace = pace(3600);
    pace.nanosUntil(START_MS);
    nowNanos += TimeUnit.SECONDS.toNanos(3);

    assertThat(pace.nanosUntil(START_MS + hours(1))).isEqualTo(-TimeUnit.SECONDS.toNanos(2));
    assertThat(pace.nanosUntil(START_MS + hours(4))).isEqualTo(TimeUnit.SECONDS.toNanos(1));
  }

  @Test
  void shouldWaitForAGapOfSixHoursButSkipALongerOne() {
    Pace pace = pace(3600);
    pace.nanosUntil(START_MS);

    assertThat(pace.nanosUntil(START_MS + hours(6))).isEqualTo(TimeUnit.SECONDS.toNanos(6));
    nowNanos += TimeUnit.SECONDS.toNanos(6);
    assertThat(pace.nanosUntil(START_MS + hours(12) + 1)).isZero();
  }

  @Test
  void shouldNeverWaitAtInfiniteSpeed() {
    Pace pace = pace(Double.POSITIVE_INFINITY);
    pace.nanosUntil(START_MS);

    assertThat(pace.nanosUntil(START_MS + hours(5))).isZero();
    assertThat(pace.reachedMs()).isEqualTo(START_MS + hours(5));
  }

  @Test
  void shouldReachWhatHasPassedAndNoMoreThanTheNextEvent() {
    Pace pace = pace(3600);
    pace.nanosUntil(START_MS);
    pace.nanosUntil(START_MS + hours(1));

    assertThat(pace.reachedMs()).isEqualTo(START_MS);
    nowNanos += TimeUnit.MILLISECONDS.toNanos(500);
    assertThat(pace.reachedMs()).isEqualTo(START_MS + hours(1) / 2);
    nowNanos += TimeUnit.SECONDS.toNanos(9);
    assertThat(pace.reachedMs()).isEqualTo(START_MS + hours(1));
  }

  @Test
  void shouldNeverReachBeyondALaterEventNorFallBack() {
    long seed = 20260301;
    Random random = new Random(seed);
    Pace pace = pace(1 + random.nextInt(100_000));
    long timeMs = START_MS;
    long before = Long.MIN_VALUE;
    for (int i = 0; i < 10_000; i++) {
      pace.nanosUntil(timeMs);
      nowNanos += random.nextInt(2_000_000);
      long reached = pace.reachedMs();
      timeMs += random.nextInt(50) == 0 ? hours(random.nextInt(10)) : random.nextInt(10_000);
      assertThat(reached).as("seed %d, event %d", seed, i).isBetween(before, timeMs);
      before = reached;
    }
  }

  @Test
  void shouldRefuseEventsOutOfOrder() {
    Pace pace = pace(1);
    pace.nanosUntil(START_MS);

    assertThatThrownBy(() -> pace.nanosUntil(START_MS - 1))
        .hasMessage(
            "events must come in the order of time, but %d follows %d", START_MS - 1, START_MS);
  }

  private Pace pace(double speed) {
    return new Pace(speed, () -> nowNanos);
  }

  private static long hours(long count) {
    return TimeUnit.HOURS.toMillis(count);
  }
}
