package io.millrace.server.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdmissionLimitTest {
  private static final Duration TARGET = Duration.ofMillis(50);
  private static final long SEED = 5;

  /**
   * A server that does {@code workers} things at once, each of {@code serviceMs}, under Poisson
   * arrivals; answers the times of those let in during the last half, in milliseconds.
   */
  private static double[] simulate(AdmissionLimit limit, double perSecond, int workers, double ms) {
    Random random = new Random(SEED);
    PriorityQueue<double[]> leaving = new PriorityQueue<>((a, b) -> Double.compare(a[0], b[0]));
    double[] free = new double[workers];
    double now = 0;
    double end = 60_000;
    double sum = 0;
    double worst = 0;
    long count = 0;
    long refused = 0;
    while (now < end) {
      now += -Math.log(1 - random.nextDouble()) * 1_000 / perSecond;
      while (!leaving.isEmpty() && leaving.peek()[0] <= now) {
        double[] one = leaving.poll();
        limit.leave((long) ((one[0] - one[1]) * 1e6), (long) (one[0] * 1e6));
      }
      if (!limit.enter()) {
        refused++;
        continue;
      }
      int worker = 0;
      for (int i = 1; i < workers; i++) {
        worker = free[i] < free[worker] ? i : worker;
      }
      free[worker] = Math.max(now, free[worker]) + ms;
      leaving.add(new double[] {free[worker], now});
      if (now > end / 2) {
        sum += free[worker] - now;
        worst = Math.max(worst, free[worker] - now);
        count++;
      }
    }
    return new double[] {sum / count, worst, count / (end / 2_000), refused};
  }

  @Test
  void shouldKeepAnswersQuickAndWorkersBusyUnderTenTimesTheLoad() {
    AdmissionLimit limit = new AdmissionLimit(TARGET, 4, 10_000, 0);

    double[] overloaded = simulate(limit, 20_000, 2, 1);

    assertThat(overloaded[1]).as("worst time in ms, seed %d", SEED).isLessThan(2 * 50);
    assertThat(overloaded[2]).as("answered a second of 2000 possible").isGreaterThan(1_950);
    assertThat(overloaded[3]).as("refused").isPositive();
  }

  @Test
  void shouldRefuseNobodyWithinWhatCanBeDone() {
    AdmissionLimit limit = new AdmissionLimit(TARGET, 4, 10_000, 0);

    assertThat(simulate(limit, 1_400, 2, 1)[3]).as("refused, seed %d", SEED).isZero();
  }

  @Test
  void shouldLetInTheLeastHoweverSlowTheyAre() {
    AdmissionLimit limit = new AdmissionLimit(TARGET, 4, 10_000, 0);

    simulate(limit, 1_000, 2, 400);

    assertThat(limit.limit()).isEqualTo(4);
  }
}
