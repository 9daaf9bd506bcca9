package io.millrace.server.serve;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Decides on which thread a request is looked up: on the thread of the network that read it, as
 * long as the store answers fast and the thread has little else to do, for handing a request over
 * and its answer back takes longer than the store does; else on one that may block. A store that
 * has stopped answering holds a thread of the network up once, for its timeout, before lookups go
 * elsewhere. Thread-safe.
 */
final class Lookups {
  /** A store that takes longer is not waited for on a thread of the network. */
  private static final long FAST_NANOS = TimeUnit.MICROSECONDS.toNanos(800);

  /** The share of a thread's time that lookups may take of it. */
  private static final double MOST_BUSY = 0.35;

  /** A longer request is one of many rows, whose answer takes a while to write. */
  private static final int MOST_BYTES = 1_024;

  private static final double NEWEST = 0.1;

  /** What is known of one thread; only that thread uses it. */
  private static final class Load {
    private long lastNanos = System.nanoTime();
    private double share;
  }

  private final ThreadLocal<Load> loads = ThreadLocal.withInitial(Load::new);

  // How long a short request's lookup takes, averaged with more weight on the newest; a lost update
  // does no harm.
  private volatile double nanos = FAST_NANOS;

  /**
   * The threads for one lookup; called on the thread of the network that has the request.
   *
   * @param bytes how long the request is
   */
  Executor threadsFor(ServiceRequestContext context, int bytes) {
    if (bytes > MOST_BYTES) {
      return context.blockingTaskExecutor();
    }
    Load load = loads.get();
    long now = System.nanoTime();
    double gap = Math.max(1, now - load.lastNanos);
    load.lastNanos = now;
    load.share += NEWEST * (Math.min(1, nanos / gap) - load.share);
    Executor threads =
        nanos < FAST_NANOS && load.share < MOST_BUSY
            ? Runnable::run
            : context.blockingTaskExecutor();
    return lookup -> threads.execute(() -> timed(lookup));
  }

  private void timed(Runnable lookup) {
    long since = System.nanoTime();
    try {
      lookup.run();
    } finally {
      nanos += NEWEST * (System.nanoTime() - since - nanos);
    }
  }
}
