package io.millrace.benchmarks.jobs;

import java.io.Serializable;
import java.util.SplittableRandom;

/**
 * The payments that every job reads: the same for the same numbers, whichever job asks. Keys are
 * Zipf distributed, times slightly disordered. Payment i is made of i alone, so a job may begin
 * anywhere.
 *
 * @param keys how many keys
 * @param perKeyDay payments of a mean key in a day of event time
 * @param skew exponent of the Zipf distribution of the keys; 0 for none
 * @param seed of keys and amounts
 */
record Workload(int keys, double perKeyDay, double skew, long seed) implements Serializable {
  /** No payment is as far behind as this, in milliseconds. */
  static final long DISORDER_MS = 30_000;

  /** When the first payment is made: a Monday in 2024. */
  static final long START_MS = 1_704_067_200_000L;

  private static final int SLOTS = 1 << 16;
  private static final long DAY_MS = 86_400_000;

  /** Milliseconds of event time from one payment to the next. */
  double stepMs() {
    return DAY_MS / (keys * perKeyDay);
  }

  /** The time of payment {@code index} before disorder. */
  long orderedMs(long index) {
    return START_MS + (long) (index * stepMs());
  }

  /** How many payments come before a day of the workload. */
  long indexOfDay(double day) {
    return (long) (day * keys * perKeyDay);
  }

  /** How many payments a watermark is behind the start, for rates. */
  double progress(long watermarkMs) {
    return (watermarkMs - START_MS) / stepMs();
  }

  /** Makes payments; not thread-safe. */
  Maker maker() {
    return new Maker(this);
  }

  /** See {@link #maker}. */
  static final class Maker {
    private final Workload workload;
    private final String[] names;
    private final short[] keyOfSlot = new short[SLOTS];

    private Maker(Workload workload) {
      this.workload = workload;
      names = new String[workload.keys()];
      double[] cumulative = new double[names.length];
      double sum = 0;
      for (int k = 0; k < names.length; k++) {
        names[k] = "card-%08d".formatted(k);
        sum += Math.pow(k + 1, -workload.skew());
        cumulative[k] = sum;
      }
      int key = 0;
      for (int slot = 0; slot < SLOTS; slot++) {
        while (cumulative[key] < (slot + 0.5) / SLOTS * sum) {
          key++;
        }
        keyOfSlot[slot] = (short) key;
      }
    }

    Payment make(long index) {
      SplittableRandom random = new SplittableRandom(workload.seed() * 0x9E3779B97F4A7C15L + index);
      long bits = random.nextLong();
      int key = keyOfSlot[(int) (bits & (SLOTS - 1))] & 0xFFFF;
      long behindMs = (bits >>> 16 & 0xFFFF) * DISORDER_MS >> 16;
      double amount = (bits >>> 32 & 0xFFFF) / 100.0;
      double fee = (bits >>> 48) / 1000.0;
      return new Payment(
          names[key],
          workload.orderedMs(index) - behindMs,
          index,
          amount,
          fee,
          amount + fee,
          amount - fee);
    }
  }
}
