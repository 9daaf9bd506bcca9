package io.millrace.server.replay;

import io.millrace.schema.Heartbeat;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Tells every partition of every topic how far event time is, in a thread of its own: reading and
 * sending events may block, the heartbeats go on.
 */
final class Heartbeats implements AutoCloseable {
  /** Half of what is promised, so that a late wake-up keeps the promise. */
  private static final Duration EVERY = Duration.ofMillis(25);

  private final Thread thread;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  private Heartbeats(TopicWriter writer, Map<String, Integer> partitions, Pace pace) {
    this.thread = new Thread(() -> beat(writer, partitions, pace), "replay-heartbeats");
    thread.setDaemon(true);
  }

  /** Starts to send; there is no heartbeat before the first event. */
  static Heartbeats start(TopicWriter writer, Map<String, Integer> partitions, Pace pace) {
    Heartbeats heartbeats = new Heartbeats(writer, partitions, pace);
    heartbeats.thread.start();
    return heartbeats;
  }

  /** Sends one heartbeat to every partition. */
  static void sendOne(TopicWriter writer, Map<String, Integer> partitions, long timeMs)
      throws InterruptedException {
    byte[] content = Heartbeat.encode(timeMs);
    for (Map.Entry<String, Integer> topic : partitions.entrySet()) {
      for (int partition = 0; partition < topic.getValue(); partition++) {
        writer.sendHeader(topic.getKey(), partition, Heartbeat.HEADER, content);
      }
    }
  }

  /** Throws what stopped the heartbeats, if anything did. */
  void throwFailure() {
    RuntimeException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  /** Returns when the last heartbeat was handed to the producer. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void beat(TopicWriter writer, Map<String, Integer> partitions, Pace pace) {
    try {
      while (!Thread.interrupted()) {
        if (pace.hasStarted()) {
          sendOne(writer, partitions, pace.reachedMs());
        }
        Thread.sleep(EVERY.toMillis());
      }
    } catch (InterruptedException e) {
      // The replay has ended.
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }
}
