package io.millrace.inference.flink;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What a task counts under {@code scoring}: {@code arrived = scored + failed + in the task}, where
 * at a checkpoint nothing is in the task. Of the rows scored while a candidate was staged, {@code
 * shadowScored + shadowSkipped + shadowFailed + in its run}. On the task's thread only.
 */
final class ScoringMetrics {
  private static final int HISTOGRAM_WINDOW = 1_024;

  private final Counter arrived;
  private final Counter scored;
  private final Counter failed;
  private final Counter batches;
  private final Counter failedRuns;
  private final Counter swaps;
  private final Counter shadowScored;
  private final Counter shadowSkipped;
  private final Counter shadowFailed;
  private final Counter loadFailures;
  private final Histogram batchRows;
  private final Histogram queueMicros;
  private final Histogram runMicros;

  ScoringMetrics(MetricGroup operator, Gauge<Integer> waitingRows, Gauge<Integer> modelVersion) {
    MetricGroup group = operator.addGroup("scoring");
    arrived = group.counter("arrived");
    scored = group.counter("scored");
    failed = group.counter("failed");
    batches = group.counter("batches");
    failedRuns = group.counter("failedRuns");
    swaps = group.counter("swaps");
    shadowScored = group.counter("shadowScored");
    shadowSkipped = group.counter("shadowSkipped");
    shadowFailed = group.counter("shadowFailed");
    loadFailures = group.counter("loadFailures");
    batchRows = histogram(group, "batchRows");
    queueMicros = histogram(group, "queueMicros");
    runMicros = histogram(group, "runMicros");
    group.gauge("waitingRows", waitingRows);
    group.gauge("modelVersion", modelVersion);
  }

  private static Histogram histogram(MetricGroup group, String name) {
    return group.histogram(name, new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
  }

  void arrived() {
    arrived.inc();
  }

  void swapped() {
    swaps.inc();
  }

  void loadFailed() {
    loadFailures.inc();
  }

  void shadowScored(int rows) {
    shadowScored.inc(rows);
  }

  void shadowSkipped(int rows) {
    shadowSkipped.inc(rows);
  }

  void shadowFailed(int rows) {
    shadowFailed.inc(rows);
  }

  void scored() {
    scored.inc();
  }

  void failed() {
    failed.inc();
  }

  /** A batch goes to its run, {@code waitedNanos} after its first row came. */
  void dispatched(int rows, long waitedNanos) {
    batches.inc();
    batchRows.update(rows);
    queueMicros.update(waitedNanos / 1_000);
  }

  /** A run ended, of which {@code failed} tries failed. */
  void ran(long nanos, long failed) {
    runMicros.update(nanos / 1_000);
    failedRuns.inc(failed);
  }
}
