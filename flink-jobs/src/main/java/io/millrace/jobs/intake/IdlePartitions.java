package io.millrace.jobs.intake;

import java.io.Serializable;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.metrics.MetricGroup;

/**
 * How many partitions of one subtask hold back nobody since they are silent; the gauge {@code
 * millrace.idlePartitions}. Counted by the subtask's thread, read by that of the metrics.
 */
final class IdlePartitions implements Serializable {
  private static final long serialVersionUID = 1;

  private transient AtomicInteger now;

  /** This, shown among the metrics once. */
  IdlePartitions shownIn(MetricGroup metrics) {
    if (now == null) {
      AtomicInteger shown = new AtomicInteger();
      now = shown;
      metrics.addGroup("millrace").gauge("idlePartitions", shown::get);
    }
    return this;
  }

  void oneMore() {
    now.incrementAndGet();
  }

  void oneLess() {
    now.decrementAndGet();
  }

  int now() {
    return now.get();
  }
}
