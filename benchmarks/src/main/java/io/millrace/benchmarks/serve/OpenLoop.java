package io.millrace.benchmarks.serve;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A generator that never waits for answers: requests come in a Poisson process, and a latency
 * counts from the instant the request was due, however late it was sent (no coordinated omission).
 */
final class OpenLoop {
  private static final long HIGHEST_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** Sends request number {@code i}; {@code done} runs once when it is answered, on any thread. */
  interface Target {
    void send(int i, Runnable done) throws Exception;
  }

  /**
   * What was seen.
   *
   * @param perSecond answers a second, from the first due request to the last answer
   */
  record Result(double rate, double perSecond, Histogram latency) {
    double micros(double percentile) {
      return latency.getValueAtPercentile(percentile) / 1e3;
    }

    /** This and what was seen at the same rate at another time. */
    Result and(Result other) {
      latency.add(other.latency);
      return new Result(rate, (perSecond + other.perSecond) / 2, latency);
    }
  }

  private OpenLoop() {}

  /**
   * @param rate requests a second
   */
  static Result run(Target target, double rate, double seconds, long seed) throws Exception {
    Random random = new Random(seed);
    Histogram latency = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    AtomicLong answered = new AtomicLong();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    double due = start;
    int sent = 0;
    while (true) {
      due += -Math.log(1 - random.nextDouble()) * 1e9 / rate;
      long dueNanos = (long) due;
      if (dueNanos >= end) {
        break;
      }
      for (long left = dueNanos - System.nanoTime();
          left > 0;
          left = dueNanos - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      target.send(
          sent++,
          () -> {
            latency.recordValue(Math.min(HIGHEST_NANOS, System.nanoTime() - dueNanos));
            answered.incrementAndGet();
          });
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (answered.get() < sent) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            (sent - answered.get()) + " of " + sent + " requests were not answered in 20 s");
      }
      LockSupport.parkNanos(100_000);
    }
    return new Result(rate, sent / ((System.nanoTime() - start) / 1e9), latency);
  }

  /** How many requests a second are answered when so many are always on their way. */
  static double saturation(Target target, int atOnce, double seconds) throws Exception {
    java.util.concurrent.Semaphore room = new java.util.concurrent.Semaphore(atOnce);
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    int sent = 0;
    while (System.nanoTime() < end) {
      room.acquire();
      target.send(sent++, room::release);
    }
    room.acquire(atOnce);
    return sent / ((System.nanoTime() - start) / 1e9);
  }
}
