package io.millrace.benchmarks.swap;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;

/**
 * One run of the job: warm-up, quiet, swaps, rollbacks, quiet again. Instants are {@link
 * System#nanoTime()}.
 *
 * @param exchange what went in and came out
 * @param startNanos when the first request was due
 * @param quiet the two stretches without a control record
 * @param swaps in their order, the rollbacks last
 * @param othersShare the part of the machine's processors that other processes used; NaN if the
 *     system does not tell
 * @param stolenShare the part that the host gave to others, likewise
 */
record SwapRun(
    Exchange exchange,
    long startNanos,
    List<Span> quiet,
    List<Swap> swaps,
    double othersShare,
    double stolenShare) {
  static final int PARALLELISM = 2;

  /** Half of the window around an activation. */
  static final long HALF_WINDOW_NANOS = 250_000_000;

  private static final int WARM_UP_SECONDS = 10;
  private static final int SATURATION_SECONDS = 8;
  private static final int ACK_SECONDS = 60;

  /** {@code [from, to)}. */
  record Span(long from, long to) {}

  /**
   * @param rollback whether back to the version before, which is in memory, rather than on to one
   *     that was loaded for it
   * @param version that serves from here
   * @param stagedNanos when the record that stages it was sent; a rollback has none, and 0 here
   * @param loadedNanos when the last subtask had said that it is loaded, likewise
   * @param loadMillis what the slowest subtask says that loading took, likewise
   * @param sentNanos when the record that makes it serve was sent
   */
  record Swap(
      boolean rollback,
      int version,
      long stagedNanos,
      long loadedNanos,
      long loadMillis,
      long sentNanos) {
    Span window() {
      return new Span(sentNanos - HALF_WINDOW_NANOS, sentNanos + HALF_WINDOW_NANOS);
    }
  }

  /**
   * What the job does when requests are always due.
   *
   * @param perSecond what it puts out
   * @param processorMicros of this process, for each output
   */
  record Saturation(double perSecond, double processorMicros) {}

  static Saturation saturation(SwapModels models) throws Exception {
    Exchange exchange = Exchange.open(models, 0, PARALLELISM);
    JobClient job = SwapJob.start(exchange);
    long from = exchange.startNanos() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
    long to = from + TimeUnit.SECONDS.toNanos(SATURATION_SECONDS);
    waitUntil(job, from);
    double own = ownSeconds();
    waitUntil(job, to);
    own = ownSeconds() - own;
    end(exchange, job);
    long outputs = 0;
    for (int i = 0; i < PARALLELISM; i++) {
      Recording recording = exchange.recording(i);
      outputs += recording.from(to) - recording.from(from);
    }
    return new Saturation((double) outputs / SATURATION_SECONDS, 1e6 * own / outputs);
  }

  static SwapRun at(
      SwapModels models, long intervalNanos, int swapCount, int rollbackCount, int quietSeconds)
      throws Exception {
    Exchange exchange = Exchange.open(models, intervalNanos, PARALLELISM);
    JobClient job = SwapJob.start(exchange);
    long startNanos = exchange.startNanos();
    long fromNanos = startNanos + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
    waitUntil(job, fromNanos);
    double busy = busySeconds();
    double own = ownSeconds();
    double stolen = tickSeconds(8);

    List<Span> quiet = new ArrayList<>();
    long quietNanos = TimeUnit.SECONDS.toNanos(quietSeconds);
    quiet.add(new Span(fromNanos, fromNanos + quietNanos));
    waitUntil(job, fromNanos + quietNanos);

    Driver driver = new Driver(exchange, job);
    List<Swap> swaps = new ArrayList<>();
    for (int i = 0; i < swapCount; i++) {
      swaps.add(driver.swap());
    }
    for (int i = 0; i < rollbackCount; i++) {
      swaps.add(driver.rollback());
    }

    // The last window is over; half a second for what it may have left behind.
    long again = System.nanoTime() + 2 * HALF_WINDOW_NANOS;
    quiet.add(new Span(again, again + quietNanos));
    waitUntil(job, again + quietNanos);
    double seconds = (System.nanoTime() - fromNanos) / 1e9;
    double others =
        (busySeconds() - busy - (ownSeconds() - own))
            / seconds
            / Runtime.getRuntime().availableProcessors();
    double stolenShare =
        (tickSeconds(8) - stolen) / seconds / Runtime.getRuntime().availableProcessors();
    end(exchange, job);
    return new SwapRun(exchange, startNanos, quiet, swaps, others, stolenShare);
  }

  private static void end(Exchange exchange, JobClient job) throws Exception {
    exchange.stop();
    job.getJobExecutionResult().get(120, TimeUnit.SECONDS);
  }

  private static void waitUntil(JobClient job, long nanos) throws Exception {
    while (nanos - System.nanoTime() > 0) {
      failWithTheJob(job);
      long left = nanos - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.min(left, 200_000_000));
    }
  }

  private static void failWithTheJob(JobClient job) throws Exception {
    if (job.getJobStatus().get().isGloballyTerminalState()) {
      job.getJobExecutionResult().get();
      throw new IllegalStateException("the job ended before it was told to");
    }
  }

  private static double ownSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  /** Processor seconds of all processes. */
  private static double busySeconds() {
    return tickSeconds(1) + tickSeconds(2) + tickSeconds(3) + tickSeconds(6) + tickSeconds(7);
  }

  /** A column of the first line of {@code /proc/stat}; NaN where there is none. */
  private static double tickSeconds(int column) {
    try {
      String line = Files.readAllLines(Path.of("/proc/stat")).get(0);
      return Long.parseLong(line.trim().split("\\s+")[column]) / 100.0;
    } catch (IOException | RuntimeException e) {
      return Double.NaN;
    }
  }

  /** Writes control records as the retraining loop does, and waits for their acknowledgements. */
  private static final class Driver {
    private final Exchange exchange;
    private final JobClient job;
    private long epoch;
    private int champion = 1;
    private int previous;

    private Driver(Exchange exchange, JobClient job) {
      this.exchange = exchange;
      this.job = job;
    }

    /** On to the version that is not in memory, so that it must be loaded. */
    private Swap swap() throws Exception {
      int next = champion % SwapModels.VERSIONS + 1;
      long staged = send(ModelControl.Op.STAGE, champion, previous, next);
      long loadMillis = acknowledged(next);
      long loaded = System.nanoTime();
      waitUntil(job, Math.max(loaded, staged + HALF_WINDOW_NANOS));
      long sent = send(ModelControl.Op.ACTIVATE, next, champion, 0);
      acknowledged(next);
      waitUntil(job, sent + HALF_WINDOW_NANOS);
      previous = champion;
      champion = next;
      return new Swap(false, next, staged, loaded, loadMillis, sent);
    }

    private Swap rollback() throws Exception {
      int back = previous;
      waitUntil(job, System.nanoTime() + HALF_WINDOW_NANOS);
      long sent = send(ModelControl.Op.ROLLBACK, back, champion, 0);
      acknowledged(back);
      waitUntil(job, sent + HALF_WINDOW_NANOS);
      previous = champion;
      champion = back;
      return new Swap(true, back, 0, 0, 0, sent);
    }

    private long send(ModelControl.Op op, int serving, int before, int candidate) {
      ModelControl control =
          new ModelControl(
              SwapModels.MODEL,
              ++epoch,
              op,
              serving,
              before,
              candidate,
              "benchmark",
              System.currentTimeMillis());
      long now = System.nanoTime();
      exchange.controls.add(control);
      return now;
    }

    /** Returns when every subtask is ready, with the longest time that one took to load. */
    private long acknowledged(int version) throws Exception {
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(ACK_SECONDS);
      long loadMillis = 0;
      int ready = 0;
      while (ready < exchange.parallelism()) {
        ModelAck ack = exchange.acks.poll(200, TimeUnit.MILLISECONDS);
        if (ack == null) {
          failWithTheJob(job);
          if (endNanos - System.nanoTime() < 0) {
            throw new IllegalStateException(
                "%d of %d subtasks acknowledged epoch %d within %d s"
                    .formatted(ready, exchange.parallelism(), epoch, ACK_SECONDS));
          }
        } else if (!ack.ready()) {
          throw new IllegalStateException(
              "version %d is not ready in epoch %d: %s"
                  .formatted(ack.version(), ack.epoch(), ack.detail()));
        } else if (ack.epoch() == epoch && ack.version() == version) {
          ready++;
          loadMillis = Math.max(loadMillis, ack.loadMillis());
        }
      }
      return loadMillis;
    }
  }
}
