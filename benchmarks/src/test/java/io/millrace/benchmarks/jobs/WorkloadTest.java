package io.millrace.benchmarks.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What every job is measured on must be the same for all, and what its description says. */
class WorkloadTest {
  private static final Workload WORKLOAD = new Workload(500, 24, 1, 7);

  @Test
  void shouldMakeTheSamePaymentWhereverAJobBegins() {
    Workload.Maker one = WORKLOAD.maker();
    for (long i = 0; i < 1_000; i++) {
      one.make(i);
    }
    assertThat(one.make(1_000)).isEqualTo(WORKLOAD.maker().make(1_000));
  }

  @Test
  void shouldKeepToItsDisorderAndItsRate() {
    Workload.Maker maker = WORKLOAD.maker();
    long day = WORKLOAD.indexOfDay(1);
    boolean disordered = false;
    long lastMs = Long.MIN_VALUE;
    for (long i = 0; i < day; i++) {
      long atMs = maker.make(i).atMs();
      assertThat(WORKLOAD.orderedMs(i) - atMs)
          .as("payment %d is behind by", i)
          .isBetween(0L, Workload.DISORDER_MS);
      disordered |= atMs < lastMs;
      lastMs = atMs;
    }
    assertThat(day).isEqualTo(500 * 24);
    assertThat(disordered).as("some payment comes after a later one").isTrue();
  }

  @Test
  void shouldFavourTheFirstKeysAsZipfSays() {
    Workload.Maker maker = WORKLOAD.maker();
    int first = 0;
    int second = 0;
    for (long i = 0; i < 100_000; i++) {
      String card = maker.make(i).card();
      first += card.equals("card-00000000") ? 1 : 0;
      second += card.equals("card-00000001") ? 1 : 0;
    }
    // 1 / H(500) = 0.1472 of the payments, and half of that.
    assertThat(first).isBetween(14_000, 15_500);
    assertThat(second).isBetween(6_900, 7_900);
  }
}
