package io.millrace.benchmarks.swap;

import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the one who swaps and the tasks of one job share. The current one is static, since a process
 * runs one job at a time and Flink copies functions.
 */
final class Exchange {
  private static volatile Exchange current;

  private final SwapModels models;
  private final long intervalNanos;
  private final Recording[] recordings;
  private final AtomicLongArray sent;
  private long startNanos;
  private boolean started;
  private volatile boolean stopped;

  final BlockingQueue<ModelControl> controls = new LinkedBlockingQueue<>();
  final BlockingQueue<ModelAck> acks = new LinkedBlockingQueue<>();
  final LongAdder failures = new LongAdder();
  final LongAdder shadowScores = new LongAdder();

  private Exchange(SwapModels models, long intervalNanos, int parallelism) {
    this.models = models;
    this.intervalNanos = intervalNanos;
    this.recordings = new Recording[parallelism];
    this.sent = new AtomicLongArray(parallelism);
    for (int i = 0; i < parallelism; i++) {
      recordings[i] = new Recording();
    }
  }

  /**
   * Makes a new one the current one.
   *
   * @param intervalNanos between two requests of the whole job; 0 for as fast as it goes
   */
  static Exchange open(SwapModels models, long intervalNanos, int parallelism) {
    Exchange exchange = new Exchange(models, intervalNanos, parallelism);
    current = exchange;
    return exchange;
  }

  static Exchange current() {
    return current;
  }

  SwapModels models() {
    return models;
  }

  int parallelism() {
    return recordings.length;
  }

  /** When the first request is due: a moment after the first subtask asks. */
  synchronized long startNanos() {
    if (!started) {
      started = true;
      startNanos = System.nanoTime() + 200_000_000;
    }
    return startNanos;
  }

  /** When a request is due; its latency counts from here, whenever it is sent. */
  long dueNanos(long startedNanos, long index) {
    return startedNanos + index * intervalNanos;
  }

  /** Written by the subtask of that number alone. */
  Recording recording(int subtask) {
    return recordings[subtask];
  }

  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** The requests {@code subtask, subtask + parallelism, ...} were sent, so many of them. */
  void sent(int subtask, long count) {
    sent.set(subtask, count);
  }

  long sent(int subtask) {
    return sent.get(subtask);
  }
}
